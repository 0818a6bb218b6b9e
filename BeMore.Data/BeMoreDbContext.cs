using Microsoft.EntityFrameworkCore;

namespace BeMore.Data;

/// <summary>The two tables, on PostgreSQL or on the embedded SQLite file.</summary>
public sealed class BeMoreDbContext(DbContextOptions<BeMoreDbContext> options) : DbContext(options)
{
    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<Conversation> Conversations => Set<Conversation>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var now = Database.IsNpgsql() ? "now()" : "CURRENT_TIMESTAMP";

        modelBuilder.Entity<Session>(session =>
        {
            session.ToTable("sessions");
            session.HasKey(s => s.SessionId);
            session.Property(s => s.SessionId).HasColumnName("session_id").HasMaxLength(Session.MaxIdLength);
            session.Property(s => s.UserId).HasColumnName("user_id").HasMaxLength(255);
            session.Property(s => s.Status).HasColumnName("status").HasMaxLength(50);
            session.Property(s => s.CreatedAt).HasColumnName("created_at").HasDefaultValueSql(now);
            session.Property(s => s.EndedAt).HasColumnName("ended_at");
            // For those that are older than RETENTION_DAYS.
            session.HasIndex(s => s.CreatedAt, "idx_sessions_created_at");
        });

        modelBuilder.Entity<Conversation>(turn =>
        {
            turn.ToTable("conversations");
            turn.HasKey(t => t.Id);
            var id = turn.Property(t => t.Id).HasColumnName("id");
            if (Database.IsNpgsql())
            {
                id.UseSerialColumn();
            }

            turn.Property(t => t.SessionId).HasColumnName("session_id").HasMaxLength(Session.MaxIdLength);
            turn.Property(t => t.UserMessage).HasColumnName("user_message");
            turn.Property(t => t.AiResponse).HasColumnName("ai_response");
            turn.Property(t => t.Emotion).HasColumnName("emotion").HasMaxLength(50);
            turn.Property(t => t.Timestamp).HasColumnName("timestamp");
            turn.Property(t => t.CreatedAt).HasColumnName("created_at").HasDefaultValueSql(now);

            turn.Property(t => t.TurnId).HasColumnName("turn_id");
            turn.Property(t => t.Outcome).HasColumnName("outcome").HasMaxLength(20).HasDefaultValue(TurnOutcome.Answered);

            turn.HasOne<Session>().WithMany().HasForeignKey(t => t.SessionId).OnDelete(DeleteBehavior.Cascade);

            turn.HasIndex(t => t.TurnId, "idx_conversations_turn").IsUnique();
            turn.HasIndex(t => t.SessionId, "idx_conversations_session");
            turn.HasIndex(t => t.Timestamp, "idx_conversations_timestamp").IsDescending();
            turn.HasIndex(t => t.CreatedAt, "idx_conversations_created_at").IsDescending();
            // The history query's own order, so that it is an index scan of ten rows however long the talk.
            turn.HasIndex(t => new { t.SessionId, t.Timestamp, t.Id }, "idx_conversations_history").IsDescending(false, true, true);
        });
    }
}

using Microsoft.EntityFrameworkCore.Migrations;

namespace BeMore.Migrations;

/// <summary>An index by which sessions are found that are older than <c>RETENTION_DAYS</c>. Turns have theirs from the beginning.</summary>
/// <remarks>Written as SQL for the reason that <see cref="CreateConversations"/> gives. PostgreSQL and SQLite say it alike.</remarks>
public partial class FindOldSessions : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("CREATE INDEX IF NOT EXISTS idx_sessions_created_at ON sessions (created_at);");

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("DROP INDEX IF EXISTS idx_sessions_created_at;");
}

using Microsoft.EntityFrameworkCore.Migrations;

namespace BeMore.Migrations;

/// <summary>
/// A turn is stored when it is asked and completed when it is answered: it has an id of its own, by which it is kept once, and an
/// outcome. What has no answer is not history.
/// </summary>
/// <remarks>Written as SQL for the reason that <see cref="CreateConversations"/> gives. Rows of before were all answered.</remarks>
public partial class KeepTheWordsFirst : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql(IsSqlite ? Sqlite : PostgreSql);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("DROP INDEX IF EXISTS idx_conversations_turn;");
        migrationBuilder.Sql("ALTER TABLE conversations DROP COLUMN turn_id;");
        migrationBuilder.Sql("ALTER TABLE conversations DROP COLUMN outcome;");
        if (!IsSqlite)
        {
            migrationBuilder.Sql(Function(counts: "TRUE"));
        }
    }

    private bool IsSqlite => ActiveProvider is "Microsoft.EntityFrameworkCore.Sqlite";

    private static readonly string PostgreSql =
        $"""
        ALTER TABLE conversations ADD COLUMN IF NOT EXISTS turn_id uuid;
        ALTER TABLE conversations ADD COLUMN IF NOT EXISTS outcome varchar(20) NOT NULL DEFAULT 'answered';
        CREATE UNIQUE INDEX IF NOT EXISTS idx_conversations_turn ON conversations (turn_id);
        {Function(counts: "c.ai_response <> ''")}
        """;

    private const string Sqlite =
        """
        ALTER TABLE conversations ADD COLUMN turn_id TEXT;
        ALTER TABLE conversations ADD COLUMN outcome TEXT NOT NULL DEFAULT 'answered';
        CREATE UNIQUE INDEX idx_conversations_turn ON conversations (turn_id);
        """;

    private static string Function(string counts) =>
        $"""
        CREATE OR REPLACE FUNCTION get_recent_conversations(p_session_id varchar)
        RETURNS TABLE (user_message text, ai_response text, emotion varchar, "timestamp" bigint)
        LANGUAGE sql STABLE
        AS $$
            SELECT latest.user_message, latest.ai_response, latest.emotion, latest."timestamp"
            FROM (
                SELECT c.id, c.user_message, c.ai_response, c.emotion, c."timestamp"
                FROM conversations c
                WHERE c.session_id = p_session_id AND {counts}
                ORDER BY c."timestamp" DESC, c.id DESC
                LIMIT 10
            ) latest
            ORDER BY latest."timestamp", latest.id
        $$;
        """;
}

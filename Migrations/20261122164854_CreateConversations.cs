using Microsoft.EntityFrameworkCore.Migrations;

namespace BeMore.Migrations;

/// <summary>The two tables, the indexes and the function of protocol.md, section 4.</summary>
/// <remarks>
/// Written as SQL, because a table that is there already is kept: <c>sessions</c> may belong to the backend that stands
/// beside this one, and both may come from the product's first version. What they lack is added; nothing is taken or changed.
/// </remarks>
public partial class CreateConversations : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql(IsSqlite ? Sqlite : PostgreSql);

    /// <summary>Takes back what is this product's alone: <c>sessions</c> may be somebody else's, with their rows in it.</summary>
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        if (!IsSqlite)
        {
            migrationBuilder.Sql("DROP FUNCTION IF EXISTS get_recent_conversations(varchar);");
        }

        migrationBuilder.Sql("DROP TABLE IF EXISTS conversations;");
    }

    private bool IsSqlite => ActiveProvider is "Microsoft.EntityFrameworkCore.Sqlite";

    private const string PostgreSql =
        """
        CREATE TABLE IF NOT EXISTS sessions (
            session_id varchar(255) PRIMARY KEY,
            user_id    varchar(255),
            status     varchar(50),
            created_at timestamptz DEFAULT now(),
            ended_at   timestamptz
        );
        ALTER TABLE sessions ADD COLUMN IF NOT EXISTS user_id varchar(255);
        ALTER TABLE sessions ADD COLUMN IF NOT EXISTS status varchar(50);
        ALTER TABLE sessions ADD COLUMN IF NOT EXISTS created_at timestamptz DEFAULT now();
        ALTER TABLE sessions ADD COLUMN IF NOT EXISTS ended_at timestamptz;

        CREATE TABLE IF NOT EXISTS conversations (
            id            serial PRIMARY KEY,
            session_id    varchar(255) NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
            user_message  text NOT NULL,
            ai_response   text NOT NULL,
            emotion       varchar(50),
            "timestamp"   bigint NOT NULL,
            created_at    timestamptz DEFAULT now()
        );
        CREATE INDEX IF NOT EXISTS idx_conversations_session ON conversations (session_id);
        CREATE INDEX IF NOT EXISTS idx_conversations_timestamp ON conversations ("timestamp" DESC);
        CREATE INDEX IF NOT EXISTS idx_conversations_created_at ON conversations (created_at DESC);
        CREATE INDEX IF NOT EXISTS idx_conversations_history ON conversations (session_id, "timestamp" DESC, id DESC);

        CREATE OR REPLACE FUNCTION get_recent_conversations(p_session_id varchar)
        RETURNS TABLE (user_message text, ai_response text, emotion varchar, "timestamp" bigint)
        LANGUAGE sql STABLE
        AS $$
            SELECT latest.user_message, latest.ai_response, latest.emotion, latest."timestamp"
            FROM (
                SELECT c.id, c.user_message, c.ai_response, c.emotion, c."timestamp"
                FROM conversations c
                WHERE c.session_id = p_session_id
                ORDER BY c."timestamp" DESC, c.id DESC
                LIMIT 10
            ) latest
            ORDER BY latest."timestamp", latest.id
        $$;
        """;

    // No function: SQLite has none that SQL could define, and nothing but the hub reads the embedded file.
    private const string Sqlite =
        """
        CREATE TABLE sessions (
            session_id TEXT NOT NULL PRIMARY KEY,
            user_id    TEXT,
            status     TEXT,
            created_at TEXT DEFAULT CURRENT_TIMESTAMP,
            ended_at   TEXT
        );
        CREATE TABLE conversations (
            id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            session_id    TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
            user_message  TEXT NOT NULL,
            ai_response   TEXT NOT NULL,
            emotion       TEXT,
            timestamp     INTEGER NOT NULL,
            created_at    TEXT DEFAULT CURRENT_TIMESTAMP
        );
        CREATE INDEX idx_conversations_session ON conversations (session_id);
        CREATE INDEX idx_conversations_timestamp ON conversations (timestamp DESC);
        CREATE INDEX idx_conversations_created_at ON conversations (created_at DESC);
        CREATE INDEX idx_conversations_history ON conversations (session_id, timestamp DESC, id DESC);
        """;
}

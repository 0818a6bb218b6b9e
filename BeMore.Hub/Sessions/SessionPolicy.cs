using BeMore.Configuration;

namespace BeMore.Sessions;

/// <param name="CreateUnknown">
/// <c>UNKNOWN_SESSIONS</c> is <c>create</c>: an id that is not in the table is put there on first use. For Development, and for a
/// hub behind a backend that issues the ids itself.
/// </param>
internal sealed record SessionPolicy(bool CreateUnknown)
{
    public static SessionPolicy Read(Settings settings) => settings.Text("UNKNOWN_SESSIONS") switch
    {
        null => new SessionPolicy(settings.IsDevelopment),
        "create" => new SessionPolicy(true),
        "refuse" => new SessionPolicy(false),
        var other => throw Settings.Wrong("UNKNOWN_SESSIONS", other, "create or refuse"),
    };
}

using BeMore.Configuration;

namespace BeMore.Counselling;

/// <summary>How turns are paced and how long they outlive their connection.</summary>
internal sealed record TurnOptions
{
    /// <summary><c>STREAM_CHUNK_INTERVAL_MS</c>: the least distance between two chunks; zero turns pacing off.</summary>
    public TimeSpan ChunkInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary><c>RESUME_GRACE_SECONDS</c>: how long a turn whose connection was lost waits for somebody to come back.</summary>
    public TimeSpan ResumeGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary><c>SHUTDOWN_GRACE_SECONDS</c>: how long running turns may go on after the process was asked to stop.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary><c>REQUEST_WHILE_ANSWERING</c> is <c>interrupt</c>: who speaks while an answer runs cuts it off, instead of waiting for its end.</summary>
    public bool BargeIn { get; init; }

    public static TurnOptions Read(Settings settings)
    {
        var defaults = new TurnOptions();
        return new TurnOptions
        {
            ChunkInterval = settings.Milliseconds("STREAM_CHUNK_INTERVAL_MS", (int)defaults.ChunkInterval.TotalMilliseconds, 0, 1000),
            ResumeGrace = settings.Seconds("RESUME_GRACE_SECONDS", (int)defaults.ResumeGrace.TotalSeconds, 0, 600),
            BargeIn = settings.Text("REQUEST_WHILE_ANSWERING") switch
            {
                null or "queue" => false,
                "interrupt" => true,
                var other => throw Settings.Wrong("REQUEST_WHILE_ANSWERING", other, "queue or interrupt"),
            },
            ShutdownGrace = settings.Seconds("SHUTDOWN_GRACE_SECONDS", (int)defaults.ShutdownGrace.TotalSeconds, 0, 300),
        };
    }
}

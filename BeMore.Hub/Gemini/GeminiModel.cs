namespace BeMore.Gemini;

/// <summary>A model by its name, and what turns have found out about it.</summary>
/// <param name="name">As Google lists it.</param>
/// <param name="variable">The setting that names it.</param>
/// <param name="time">The clock.</param>
internal sealed class GeminiModel(string name, string variable, TimeProvider time)
{
    /// <summary>Longer than this no model is left alone, whatever it asks for: a quota of a day may be raised within it.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(60);

    private TimeSpan _rest;
    private long _restBegan;

    public string Name { get; } = name;

    public string Variable { get; } = variable;

    /// <summary>Open: Google says that it has no such model. Once said it is known; a name that comes back is found by asking again.</summary>
    public Breaker Existence { get; } = new(1, time) { Pause = TimeSpan.FromHours(1), PauseAlone = TimeSpan.FromMinutes(1) };

    /// <summary>Open: it does not answer.</summary>
    public Breaker Service { get; } = new(5, time) { Pause = TimeSpan.FromSeconds(30), PauseAlone = TimeSpan.FromSeconds(5) };

    /// <summary>How long it still wants to be left alone.</summary>
    public TimeSpan Rest => TimeSpan.FromTicks(Math.Max(0, (_rest - time.GetElapsedTime(_restBegan)).Ticks));

    public bool IsWell => !Existence.IsOpen && !Service.IsOpen && Rest == TimeSpan.Zero;

    public void RestFor(TimeSpan rest)
    {
        if (rest > Rest)
        {
            (_rest, _restBegan) = (rest < LongestRest ? rest : LongestRest, time.GetTimestamp());
        }
    }
}

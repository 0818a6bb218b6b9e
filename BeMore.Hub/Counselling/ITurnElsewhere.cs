namespace BeMore.Counselling;

/// <summary>Where a turn runs that does not run here.</summary>
internal interface ITurnElsewhere
{
    /// <summary>The node that runs it.</summary>
    string Node { get; }

    /// <summary>Lets the turn here be what it is there, to its end. Never throws.</summary>
    Task RunAsync(Turn turn);
}

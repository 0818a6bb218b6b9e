namespace BeMore.Sessions;

/// <summary>What may be done to a session from outside its talk.</summary>
internal enum SessionChange
{
    Paused,
    Resumed,
    Ended,
    Erased,
}

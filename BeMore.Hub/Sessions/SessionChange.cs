namespace BeMore.Sessions;

/// <summary>What may be done to a session from outside its talk.</summary>
internal enum SessionChange
{
    Paused,
    Resumed,
    Ended,
    Erased,

    /// <summary>Deleted because of its age: nobody has said anything in it for long.</summary>
    Expired,
}

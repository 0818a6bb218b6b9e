namespace BeMore.Keeping;

/// <summary>What only the database knows is asked for while it is away.</summary>
internal sealed class DatabaseAwayException() : Exception("The database is away.");

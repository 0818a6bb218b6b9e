namespace BeMore.Keeping;

/// <summary>What became of an entry of the journal that was taken to the database.</summary>
internal enum JournalFate
{
    /// <summary>It is stored, or need not be.</summary>
    Settled,

    /// <summary>It can never be stored.</summary>
    Refused,

    /// <summary>It cannot be stored now, though others can.</summary>
    PutOff,
}

namespace BeMore.Keeping;

/// <summary>
/// The disk does not give back, or let go of, what the journal has there. No <see cref="IOException"/>, which is what a lost connection to the
/// database is: that one may be well.
/// </summary>
internal sealed class JournalException(Exception inner) : Exception("A file of the journal cannot be read, put aside or deleted.", inner)
{
    public static bool IsOfTheDisk(Exception e) => e is IOException or UnauthorizedAccessException;
}

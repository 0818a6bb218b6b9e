namespace BeMore.Data;

/// <summary>A turn could not be kept because its session is no more.</summary>
public sealed class SessionGoneException(Exception? inner = null) : Exception("The session was erased.", inner);

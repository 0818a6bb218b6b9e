namespace BeMore.Bench;

/// <summary>Why nothing can be measured, in one sentence for whoever started it.</summary>
internal sealed class BenchException(string message) : Exception(message);

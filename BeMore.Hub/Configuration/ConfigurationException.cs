namespace BeMore.Configuration;

/// <summary>A setting is wrong. The message is the one sentence that an operator is shown; it holds no secret.</summary>
internal sealed class ConfigurationException(string sentence) : Exception(sentence);

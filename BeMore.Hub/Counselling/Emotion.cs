namespace BeMore.Counselling;

/// <summary>What the client's face shows. No emotion is <c>null</c>, not a value of its own.</summary>
internal enum Emotion
{
    Happy,
    Sad,
    Angry,
    Anxious,
    Neutral,
    Surprised,
    Disgusted,
    Fearful,
}

internal static class EmotionNames
{
    private static readonly string[] Names = [.. Enum.GetNames<Emotion>().Select(n => n.ToLowerInvariant())];

    /// <summary>
    /// The emotion that a client named, in any case and with any space round it. Anything else counts as none:
    /// a misread face never blocks an answer (protocol.md, section 1.2).
    /// </summary>
    public static Emotion? Parse(string? name)
    {
        var trimmed = name.AsSpan().Trim();
        if (trimmed.Equals("excited", StringComparison.OrdinalIgnoreCase))
        {
            return Emotion.Surprised;
        }

        for (var i = 0; i < Names.Length; i++)
        {
            if (trimmed.Equals(Names[i], StringComparison.OrdinalIgnoreCase))
            {
                return (Emotion)i;
            }
        }

        return null;
    }

    /// <summary>As it is stored, in lower case.</summary>
    public static string Name(this Emotion emotion) => Names[(int)emotion];
}

using System.Globalization;

namespace BeMore.Safety;

/// <summary>What a group of syllables says.</summary>
/// <param name="Share">How much it tells dangerous phrases from harmless ones, either way: how long it makes a message.</param>
/// <param name="Danger">For danger of any level, or, below 0, against it; so with the others.</param>
/// <param name="Urgent">For active or imminent danger.</param>
/// <param name="Imminent">For imminent danger.</param>
/// <param name="Other">For violence and abuse.</param>
internal readonly record struct GroupWeight(float Share, float Danger, float Urgent, float Imminent, float Other)
{
    public static GroupWeight operator +(GroupWeight one, GroupWeight other) => new(
        one.Share + other.Share, one.Danger + other.Danger, one.Urgent + other.Urgent, one.Imminent + other.Imminent, one.Other + other.Other);

    /// <summary>Reads whole numbers with tabs between.</summary>
    /// <param name="text">Five of them.</param>
    /// <param name="unit">What 1 stands for.</param>
    public static GroupWeight? TryParse(ReadOnlySpan<char> text, float unit)
    {
        Span<float> numbers = stackalloc float[5];
        var count = 0;
        foreach (var part in text.Split('\t'))
        {
            if (count == numbers.Length || !int.TryParse(text[part], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            numbers[count++] = number * unit;
        }

        return count == numbers.Length ? new GroupWeight(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]) : null;
    }
}

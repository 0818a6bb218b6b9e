using System.Text.RegularExpressions;

namespace BeMore.Safety;

/// <summary>Where a text names a line: <c>{suicide}</c>, or one thing about it: <c>{suicide.hours}</c>.</summary>
/// <param name="Id">The line's.</param>
/// <param name="Member">One of <see cref="HelpLine.Members"/>; empty: name and number.</param>
internal readonly partial record struct HelpPlaceholder(string Id, string Member)
{
    public static IEnumerable<HelpPlaceholder> In(string text) => Pattern().Matches(text).Select(Of);

    public static string Replace(string text, Func<HelpPlaceholder, string> put) => Pattern().Replace(text, match => put(Of(match)));

    private static HelpPlaceholder Of(Match match) => new(match.Groups["id"].Value, match.Groups["member"].Value);

    [GeneratedRegex(@"\{(?<id>[a-z]+)(\.(?<member>[a-z]+))?\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}

using System.Text.RegularExpressions;

namespace BeMore.Tests;

/// <summary>A page of Markdown, as far as tests hold pages to something.</summary>
/// <param name="path">From the repository's root, with slashes.</param>
internal sealed partial class Document(string path)
{
    private readonly string _text = File.ReadAllText(RepositoryRoot.Combine(path.Split('/')));

    public string Path { get; } = path;

    /// <summary>Code blocks, as they stand; each line ends with a line feed.</summary>
    public IReadOnlyList<CodeBlock> Blocks =>
        [.. Block().Matches(_text).Select(block => new CodeBlock(block.Groups["language"].Value, block.Groups["text"].Value))];

    /// <summary>All but the code blocks.</summary>
    public string Prose => Block().Replace(_text, "");

    /// <summary>With their marks: <c>## Try it</c>.</summary>
    public IReadOnlyList<string> Headings => [.. Heading().Matches(Prose).Select(heading => heading.Value)];

    /// <summary>What links and pictures name.</summary>
    public IReadOnlyList<string> Links => [.. Link().Matches(Prose).Select(link => link.Groups["target"].Value)];

    /// <summary>The cells of the tables' rows, without heads.</summary>
    public IReadOnlyList<string[]> Rows => RowsOf(Prose);

    /// <summary>Those under one heading of the second level.</summary>
    /// <param name="section">Which of them, from 0.</param>
    public IReadOnlyList<string[]> RowsOfSection(int section) => RowsOf(Section().Split(Prose)[section + 1]);

    /// <summary>What stands between backticks.</summary>
    public static IReadOnlyList<string> Words(string text) => [.. Word().Matches(text).Select(word => word.Groups["word"].Value)];

    /// <summary>As GitHub makes anchors of headings.</summary>
    public static string Anchor(string heading) =>
        NoAnchor().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    private static IReadOnlyList<string[]> RowsOf(string text) =>
        [.. Table().Matches(text).SelectMany(table => table.Value.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2)).Select(row => row.Trim('|').Split('|'))];

    [GeneratedRegex("^```(?<language>[a-z]*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("^#+ .*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^## ", RegexOptions.Multiline)]
    private static partial Regex Section();

    [GeneratedRegex(@"(^\|.*\n)+", RegexOptions.Multiline)]
    private static partial Regex Table();

    [GeneratedRegex("`(?<word>[^`]+)`")]
    private static partial Regex Word();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();
}

/// <param name="Language">As it is named behind the backticks.</param>
internal sealed record CodeBlock(string Language, string Text);

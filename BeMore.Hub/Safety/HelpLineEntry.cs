using System.Globalization;
using System.Text.RegularExpressions;

namespace BeMore.Safety;

/// <summary>A line as the file has it: anything may be missing.</summary>
internal sealed partial record HelpLineEntry(
    string? Id, string? Name, string? Number, string? Spoken, string? Hours, string? Written, string? Source, string? Checked)
{
    private const string DateFormat = "yyyy-MM-dd";

    public bool HasId => Id is not null && IdLetters().IsMatch(Id);

    /// <summary>What has to be otherwise; null where all is right.</summary>
    public string? Missing => this switch
    {
        _ when IsBlank(Name) => "has a \"name\"",
        _ when Number is null || !Digits().IsMatch(Number) => "has a \"number\" of 3 to 15 digits, with single hyphens between them",
        // The browser reads it aloud in place of the number, and knows it by this.
        _ when Spoken is null || !Hangul().IsMatch(Spoken) => "has a \"spoken\" form of its number in Hangul, such as 일공구",
        _ when IsBlank(Hours) => "has \"hours\", such as 24시간",
        _ when Written is not null && IsBlank(Written) => "has in \"written\" how one writes there, such as 문자로도, or has no \"written\"",
        _ when IsBlank(Source) => "has a \"source\"",
        _ when !TryDate(out var _) => "has in \"checked\" the date when it was looked up, such as 2026-11-22",
        _ => null,
    };

    /// <summary>Where nothing is missing.</summary>
    public HelpLine ToLine() => TryDate(out var date)
        ? new HelpLine(Id!, Name!, Number!, Spoken!, Hours!, Written, Source!, date)
        : throw new InvalidOperationException("It was not looked at.");

    private static bool IsBlank(string? text) => string.IsNullOrWhiteSpace(text);

    private bool TryDate(out DateOnly date) => DateOnly.TryParseExact(Checked, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    [GeneratedRegex(@"\A[a-z]+\z")]
    private static partial Regex IdLetters();

    [GeneratedRegex(@"\A(?=.{3,15}\z)[0-9]+(-[0-9]+)*\z")]
    private static partial Regex Digits();

    [GeneratedRegex(@"\A[가-힣]+( [가-힣]+)*\z")]
    private static partial Regex Hangul();
}

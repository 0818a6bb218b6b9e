using System.Text.RegularExpressions;
using BeMore.Safety;

namespace BeMore.Tests;

/// <summary>What is heard is written as its expression alone would write it, though most messages are never asked for the expression.</summary>
public sealed class SpokenFormTests
{
    private static readonly string[] Messages =
        [.. File.ReadLines(RepositoryRoot.Combine("docs", "safety", "develop.tsv")).Where(line => line.Length > 0 && line[0] != '#').Select(line => $".{line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..]}.")];

    [Theory]
    [InlineData("죽고", "죽구")]
    [InlineData("[고구] ?싶", "고싶")]
    [InlineData("어멍|엄니|엄마", "어머니")]
    [InlineData("(죽|살|없)(?:고|어)( ?)[싶지]", "$1고$2싶")]
    [InlineData("(?<=[가-힣][은는이가] )(?=(?:죽|자살|[사없]라?지))", "·")]
    [InlineData("(?<=[ .](?:나|난|너무|그냥)) ?(?!안)(힘들|죽)", "$1")]
    [InlineData("(?:정말|진짜)? ?싫(어|다)?(?=[ .요])", "시러")]
    [InlineData("(?:한강|옥상)?(?:에서|에|까지)(?= )", "")]
    public void ItWritesWhatItsExpressionAloneWouldWrite(string heard, string written)
    {
        var (form, regex) = (new SpokenForm(heard, written), new Regex(heard, RegexOptions.CultureInvariant));
        var changed = 0;
        foreach (var message in Messages)
        {
            var letters = default(LetterSet);
            letters.Add(message);

            var spelt = form.Write(message, ref letters);

            spelt.Should().Be(regex.Replace(message, written));
            changed += spelt == message ? 0 : 1;
        }

        changed.Should().BePositive("the expression stands in some of them");
    }

    [Theory]
    [InlineData("죽+")]
    [InlineData("죽.")]
    [InlineData("\\w죽")]
    [InlineData("죽{2}")]
    public void WhatItCannotReadItRefuses(string heard)
    {
        var making = () => new SpokenForm(heard, "");

        making.Should().Throw<NotSupportedException>();
    }
}

using System.Globalization;
using System.Text;

namespace BeMore.Safety;

/// <summary>
/// A message as the rules see it: small letters, digits and Hangul; one space between words; a full stop between sentences, before
/// the first and after the last. Spelling as in <see cref="SpokenForms"/>. Laughs are left out where they stand, because they stand in
/// the middle of words too; a message that has one ends in a sentence of its own, ㅋㅋ.
/// </summary>
internal static class SpokenText
{
    /// <summary>Longer words than this are rare in Korean: whoever writes one has left out the spaces, and any letter may begin a word.</summary>
    private const int LongestWord = 5;

    /// <summary>Laughing and crying.</summary>
    private const string Sighs = "ㅋㅎㅠㅜㅡ";

    public static string Normalise(string message)
    {
        var text = new StringBuilder(message.Length + 2).Append('.');
        Read(message, text);
        var spaced = Space(SpokenForms.Spell(text.ToString()));
        return HasLaugh(message) ? spaced + "ㅋㅋ." : spaced;
    }

    private static bool HasLaugh(string message) =>
        message.Contains("ㅋㅋ", StringComparison.Ordinal) || message.Contains("ㅎㅎ", StringComparison.Ordinal);

    private static void Read(string message, StringBuilder text)
    {
        for (var i = 0; i < message.Length; i++)
        {
            var c = message[i];
            var before = i > 0 ? message[i - 1] : '\0';
            var after = i + 1 < message.Length ? message[i + 1] : '\0';
            if (Jamo.Standing(c) is var letter && Jamo.IsLetter(letter))
            {
                var isSigh = Sighs.Contains(letter, StringComparison.Ordinal);
                if (isSigh && (c == before || c == after))
                {
                    OpenLaughingSyllable(text, letter);
                }
                else if (letter is not ('ㅋ' or 'ㅎ') || letter != c || Jamo.IsLetter(before) || Jamo.IsLetter(after))
                {
                    Jamo.Append(text, letter);
                }

                continue;
            }

            Jamo.CloseSyllable(text);
            if (Jamo.IsSyllable(c))
            {
                AppendSyllable(text, c);
            }
            else if (char.IsAsciiLetterOrDigit(c))
            {
                text.Append(char.ToLowerInvariant(c));
            }
            else if (c is >= '０' and <= '９')
            {
                text.Append((char)(c - '０' + '0'));
            }
            else if (EndsSentence(message, i))
            {
                Break(text, '.');
            }
            else if (!IsInsideWord(c, before, after))
            {
                Break(text, ' ');
            }
        }

        Jamo.CloseSyllable(text);
        Break(text, '.');
    }

    /// <summary>싶엌ㅋㅋ is 싶어 and a laugh.</summary>
    private static void OpenLaughingSyllable(StringBuilder text, char letter)
    {
        if (letter == 'ㅋ' && Jamo.IsSyllable(text[^1]) && Jamo.Final(text[^1]) == 'ㅋ')
        {
            text[^1] = (char)(text[^1] - ((text[^1] - '가') % 28));
        }
    }

    /// <summary>Without what only draws a syllable out: 싫어어어, 시퍼어, 고오.</summary>
    private static void AppendSyllable(StringBuilder text, char c)
    {
        var last = text[^1];
        var isDrawnOut = c == last ? c is '어' or '아' or '오' or '우' or '으' || (text.Length > 1 && text[^2] == c)
            : c is '어' or '오' or '우' && Jamo.IsOpen(last) && Jamo.Vowel(last) == Jamo.Vowel(c) && Jamo.Initial(last) != Jamo.Initial(c);
        if (!isDrawnOut)
        {
            text.Append(c);
        }
    }

    /// <summary>Not three dots, which hesitate: 죽고… 싶어. Nor a dot that hides a word: 자.살</summary>
    private static bool EndsSentence(string message, int i)
    {
        var before = i > 0 ? message[i - 1] : '\0';
        var after = i + 1 < message.Length ? message[i + 1] : '\0';
        return message[i] switch
        {
            '\n' or '!' or '?' or '。' or '？' or '！' => true,
            '.' => before != '.' && after != '.' && !(Jamo.IsSyllable(before) && Jamo.IsSyllable(after) && (i < 2 || !Jamo.IsSyllable(message[i - 2]))),
            _ => false,
        };
    }

    /// <summary>Marks, zero-width characters and quotes between two letters.</summary>
    private static bool IsInsideWord(char c, char before, char after) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.NonSpacingMark
        || (!char.IsWhiteSpace(c) && c is not (',' or '，' or '、' or '…' or ':' or ';' or '(' or ')') && !char.IsSurrogate(c) && Jamo.IsSyllable(before) && Jamo.IsSyllable(after));

    private static void Break(StringBuilder text, char mark)
    {
        if (text[^1] == ' ')
        {
            text[^1] = mark;
        }
        else if (text[^1] != '.')
        {
            text.Append(mark);
        }

        if (mark == '.' && text.Length > 1 && text[^2] == '.')
        {
            text.Length--;
        }
    }

    /// <summary>Ends sentences that speech recognition left without a mark, and opens words that hold a whole sentence.</summary>
    private static string Space(string text)
    {
        var spaced = new StringBuilder(text.Length + 16).Append('.');
        for (var start = 1; start < text.Length;)
        {
            var length = text.AsSpan(start).IndexOfAny(' ', '.');
            var word = text.AsSpan(start, length);
            if (word.Length <= LongestWord)
            {
                spaced.Append(word);
            }
            else
            {
                foreach (var c in word)
                {
                    spaced.Append(c).Append(' ');
                }

                spaced.Length--;
            }

            var mark = text[start + length] == '.' || IsPoliteEnding(word) ? '.' : ' ';
            spaced.Append(mark);
            start += length + 1;
        }

        return spaced.ToString();
    }

    /// <summary>Only the polite endings: the plain ones join clauses as well.</summary>
    private static bool IsPoliteEnding(ReadOnlySpan<char> word) =>
        word.Length > 2 && (word.EndsWith("니다") || word.EndsWith("니까")
            || (word[^1] == '요' && "어아해에예네데죠지까세래게여와워져려셔써줘돼봐거든켜켰펴".Contains(word[^2], StringComparison.Ordinal)));
}

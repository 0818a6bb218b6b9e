using System.Text;

namespace BeMore.Safety;

/// <summary>
/// Hangul letters put together to syllables, because people type and devices send them apart: ㅈㅜㄱㄱㅗ, and the decomposed form of
/// Unicode. The runtime's own normalisation leaves them as they are where it runs without ICU, as the hub does.
/// </summary>
internal static class Jamo
{
    private const string Initials = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
    private const string Vowels = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
    private const string Finals = "\0ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";

    public static bool IsSyllable(char c) => c is >= '가' and <= '힣';

    public static bool IsLetter(char c) => c is >= 'ㄱ' and <= 'ㅣ';

    /// <summary>In the order of <c>ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ</c>.</summary>
    public static int Vowel(char syllable) => (syllable - '가') / 28 % 21;

    public static int Initial(char syllable) => (syllable - '가') / (28 * 21);

    /// <summary>'\0': none, the syllable is open.</summary>
    public static char Final(char syllable) => Finals[(syllable - '가') % 28];

    public static bool IsOpen(char syllable) => IsSyllable(syllable) && (syllable - '가') % 28 == 0;

    public static char Close(char open, char final) => (char)(open + Finals.IndexOf(final, StringComparison.Ordinal));

    /// <summary>A letter that Unicode has for composing, as the letter that stands alone; anything else as it is.</summary>
    public static char Standing(char c) => c switch
    {
        >= '\u1100' and <= '\u1112' => Initials[c - '\u1100'],
        >= '\u1161' and <= '\u1175' => Vowels[c - '\u1161'],
        >= '\u11A8' and <= '\u11C2' => Finals[c - '\u11A8' + 1],
        _ => c,
    };

    /// <summary>Adds a letter, and makes of what stands before it what a keyboard would have made.</summary>
    public static void Append(StringBuilder text, char letter)
    {
        var last = text.Length > 0 ? text[^1] : '\0';
        var vowel = Vowels.IndexOf(letter, StringComparison.Ordinal);
        if (vowel < 0)
        {
            text.Append(letter);
        }
        else if (Initials.IndexOf(last, StringComparison.Ordinal) is >= 0 and var initial)
        {
            CloseSyllableBefore(text);
            text[^1] = (char)('가' + (((initial * 21) + vowel) * 28));
        }
        else
        {
            text.Append(letter);
        }
    }

    /// <summary>A single letter after an open syllable is its final: 주ㄱ고. Two that make no syllable are an abbreviation: ㅈㅎ.</summary>
    public static void CloseSyllableBefore(StringBuilder text)
    {
        // 주 ㄱ ㄱ, where the last is the next syllable's initial: the one before it is a final.
        if (text.Length >= 3 && IsOpen(text[^3]) && Finals.IndexOf(text[^2], StringComparison.Ordinal) > 0)
        {
            text[^3] = Close(text[^3], text[^2]);
            text.Remove(text.Length - 2, 1);
        }
    }

    /// <summary>The same where a word ends, or a whole syllable follows.</summary>
    public static void CloseSyllable(StringBuilder text)
    {
        if (text.Length >= 2 && IsOpen(text[^2]) && Finals.IndexOf(text[^1], StringComparison.Ordinal) > 0)
        {
            text[^2] = Close(text[^2], text[^1]);
            text.Length--;
        }
    }
}

using System.Text.RegularExpressions;

namespace BeMore.Safety;

/// <summary>
/// Words as they sound, spelt as they are written, as far as the rules need it: 죽고 시퍼, 살기 시러, 자샬, 먹어써, 할꺼야. Applied one after
/// the other; a space between the syllables stays. Slang that is a word of its own is the rules' business.
/// </summary>
internal static class SpokenForms
{
    private static readonly (Regex Heard, string Written)[] Forms =
    [
        // 죽다. 주고 싶다 is to give: only what cannot be that.
        Form("[쥭듁쥮]", "죽"),
        Form("주[꼬꾸]", "죽고"),
        Form("주[거그]( ?)([버뿌불삐])", "죽어$1$2"),
        Form("[주쥬]글( ?)([래까거꺼것게생])", "죽을$1$2"),
        Form("주그([면려러])", "죽으$1"),
        Form("주기고( ?)([싶시])", "죽이고$1$2"),
        Form("주겨( ?)([버줘주])", "죽여$1$2"),

        // 고 싶다.
        Form("[고꼬코구](만|도|는|까지)?( ?)(?:[시싶씨십][퍼허]|[시싶]포|시파|십어)", "고$1$2싶어"),
        Form("[고꼬코구](만|도|는|까지)?( ?)(?:[시싶씨]펐|십었)", "고$1$2싶었"),
        Form("[고꼬코구](만|도|는|까지)?( ?)(?:[시씨]픈|십은)", "고$1$2싶은"),
        Form("[고꼬코구](만|도|는|까지)?( ?)(?:[시씨]프|십으)", "고$1$2싶으"),
        Form("[고꼬코구](만|도|는|까지)?( ?)(?:[십씹싶심])( ?)([다따지찌네습고대데단냐거게당])", "고$1$2싶$3$4"),
        Form("[꼬코구](만|도|는|까지)?( ?)싶", "고$1$2싶"),

        // 싫어, 않아, 없어.
        Form("기(가|도|는)?( ?)(?:[시실싫][러럿]|실어|시룸)", "기$1$2싫어"),
        Form("기(가|도|는)?( ?)(?:[실싫]타)", "기$1$2싫다"),
        Form("([고싶])지(가|도|는)?( ?)(?:안([아은는고을으네습])|아나)", "$1지$2$3않$4"),
        Form("업[서써]", "없어"),
        Form("업([는네습스쓰])", "없$1"),

        // 자살, 자해. With a space they are other words: 먹자 쌀밥.
        Form("[자쟈짜](?:샬|쌀)|[쟈짜]살", "자살"),
        Form("[쟈짜]해|자헤", "자해"),

        // 뛰어내리다, 옥상, 수면제, 번개탄, 손목.
        Form("[뛰띄뚜띠][어여]( ?)[내네]([리릴린렸려림립릿])", "뛰어$1내$2"),
        Form("옥쌍", "옥상"),
        Form("수면재", "수면제"),
        Form("번게탄", "번개탄"),
        Form("손몽|손묵", "손목"),

        // Adverbs and the like.
        Form("마니", "많이"),
        Form("머거", "먹어"),
        Form("먹어[따때]", "먹었다"),
        Form("시러([요서해])", "싫어$1"),
        Form("몰겠", "모르겠"),
        Form("인제", "이제"),
        Form("걍", "그냥"),
    ];

    public static string Spell(string text)
    {
        text = Endings(text);
        foreach (var (heard, written) in Forms)
        {
            text = heard.Replace(text, written);
        }

        return text;
    }

    /// <summary>Past and future as they sound: 먹어써 and 먹엇어 are 먹었어, 할꺼야 is 할거야, 할께 is 할게.</summary>
    private static string Endings(string text)
    {
        var letters = text.ToCharArray();
        for (var i = 1; i < letters.Length; i++)
        {
            var stem = letters[i - 1] == ' ' ? i - 2 : i - 1;
            switch (letters[i])
            {
                case '써' or '쓰' or '씀' when "어아여와워해려라겨셔져쳐껴펴거가사내러래".Contains(letters[i - 1], StringComparison.Ordinal):
                    letters[i - 1] = Jamo.Close(letters[i - 1], 'ㅆ');
                    letters[i] = letters[i] switch { '써' => '어', '쓰' => '으', _ => '음' };
                    break;
                case '엇' or '앗' or '햇' or '렷' or '졋' or '왓' or '겻' or '셧' or '쳣' or '켯' or '웟' or '갓' or '랏' or '잇':
                    letters[i] = (char)(letters[i] + 1);
                    break;
                case '꺼' or '껀' or '껄' or '껍' or '껏' or '께' when Jamo.IsSyllable(letters[stem]) && Jamo.Final(letters[stem]) == 'ㄹ':
                    letters[i] = (char)(letters[i] - ('까' - '가'));
                    break;
                default:
                    break;
            }
        }

        return new string(letters);
    }

    private static (Regex Heard, string Written) Form(string heard, string written) =>
        (new Regex(heard, RegexOptions.CultureInvariant), written);
}

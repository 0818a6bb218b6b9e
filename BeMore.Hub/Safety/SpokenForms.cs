namespace BeMore.Safety;

/// <summary>
/// Words as they sound, spelt as they are written, as far as the rules need it: 죽고 시퍼, 살기 시러, 자샬, 먹어써, 할꺼야. Applied one after
/// the other; a space between the syllables stays. Slang that is a word of its own is the rules' business.
/// </summary>
internal static class SpokenForms
{
    private static readonly SpokenForm[] Forms =
    [
        // The first letters alone.
        new("ㅈㄱ ?(?=[고꼬구])", "죽"),
        new("ㅈㄱㅅ(?:[ㄷㅍㅇㄴ]|(?=[ .]))", "죽고싶어"),
        new("ㅅㄹㅈㄱㅅ[ㄷㅍㅇㄴ]", "사라지고싶어"),
        new("(?<=[ .])ㅇㅅ(?=[ .를도은을]| ?[다쓰썼])", "유서"),

        // A word that recognition has hung onto the one before: 난죽을래, 그냥죽는, 매일밤죽게, 저자살할.
        new("(?<=[ .](?:나|난|저|전|나도|저도|내가|제가|나는|저는|그냥|걍|진짜|정말|차라리|이제|그만|이대로|오늘|지금|내일|요즘|자꾸|계속|매일|매일밤|밤마다|콱|확|너무|빨리|같이|혼자|다|더|또|못|안))(?=(?:죽[고을는으자기었게]|죽어[버야]|자살|자해|뒤[져질지]|사라[지졌]|없어[지졌]|뛰어내|살[고기아]|목매|끝내))", " "),
        new("(?<=[가-힣][은는이가을를도만게면고데요다서해때])(?=(?:죽[고을는으자었]|죽어[버야]|자살|자해|뒤[져질]|뛰어내|목매|사라지|없어지고|옥상|유서|손목|번개탄|수면제|농약))", " "),

        // 죽다. 주고 싶다 is to give: only what cannot be that.
        new("[쥭듁쥮]", "죽"),
        new("주[꼬꾸](?!미)", "죽고"),
        new("주[거그]( ?)([버뿌불삐])", "죽어$1$2"),
        new("[주쥬]글( ?)([래까거꺼것게생])", "죽을$1$2"),
        new("주그([면려러])", "죽으$1"),
        new("주거(?=야)", "죽어"),
        new("못( ?)주거", "못$1죽어"),
        new("죽[끄꼬그]야", "죽을거야"),
        new("죽( ?)[고구꼬]( ?)시( ?)(?:[픈프](?=[ 다네은는데])|[따다])", "죽$1고$2싶$3은"),
        new("주기고( ?)([싶시])", "죽이고$1$2"),
        new("주겨( ?)([버줘주])", "죽여$1$2"),

        new("([아어])( ?)[뿌삐불](?=야)", "$1$2버려"),
        // 아/어 버리다, as it is said in the south: 죽어뿌고, 죽어불란다, 죽어삐릴.
        new("([아어여해려져겨내가켜쳐꺼워와러])( ?)(?:[뿌삐]리|[뿌삐불뻐])([고면지자니는던까])", "$1$2버리$3"),
        new("([아어여해려져겨내가켜쳐꺼워와러])( ?)(?:[뿌삐불]릴|[뿔삘])( ?)([까래란라거게])", "$1$2버릴$3$4"),
        new("([아어여해려져겨내가켜쳐꺼워와러])( ?)불(?=[까란카라])", "$1$2버릴"),
        new("([아어여해려져겨내가켜쳐꺼워와러])( ?)(?:[뿌불부][렀럿]|[뿟삣])", "$1$2버렸"),
        new("([아어여해려져겨내가켜쳐꺼워와러])( ?)부[렀러]", "$1$2버려"),
        new("([아어여해려져겨내가켜쳐꺼워와러])( ?)[뿌불]린(?=[다지게 .])", "$1$2버린"),
        new("(죽|버리|불)[고구]정( ?)[하허]", "$1고싶어$2하"),
        new("버릴카", "버릴까"),

        // 겠, 거, 습니다, 없 and a few words, as they are said in the country.
        new("머[거겄](?=[어따다는])", "먹었"),
        new("겄", "겠"),
        new("죽갔", "죽겠"),
        new("(살|죽|못하|힘들|좋|하)것([어다네당소])", "$1겠$2"),
        new("([니심슴])더(?=[ .])", "니다"),
        new("[읎웂]", "없"),
        new("인자(?=[ .])", "이제"),
        new("시방", "지금"),
        new("어멍|엄니|어무이|어매|오매", "엄마"),
        new("아방(?=[이 도은한.])|아부지|아바이|아베", "아빠"),
        new("하르방", "할아버지"),
        new("할망(?!구)|할매|할무이", "할머니"),
        new("맴(?=[이을 ])", "마음"),
        new("묵(?=[고었으을])", "먹"),
        new("허(?=[는고다지게우라])", "하"),
        new("([죽리가자내지])고( ?)잡(?=[다어아은으네소당습])", "$1고$2싶"),

        new("려[구꼬꾸]", "려고"),

        // 고 싶다.
        new("[고꼬코구](만|도|는|까지)?( ?)(?:[시싶씨십][퍼허]|[시싶]포|시파|십어)", "고$1$2싶어"),
        new("[고꼬코구](만|도|는|까지)?( ?)(?:[시싶씨]펐|십었)", "고$1$2싶었"),
        new("[고꼬코구](만|도|는|까지)?( ?)(?:[시씨]픈|십은)", "고$1$2싶은"),
        new("[고꼬코구](만|도|는|까지)?( ?)(?:[시씨]프|십으)", "고$1$2싶으"),
        new("[고꼬코구](만|도|는|까지)?( ?)(?:[십씹싶심])( ?)([다따지찌네습고대데단냐거게당])", "고$1$2싶$3$4"),
        new("[꼬코구](만|도|는|까지)?( ?)싶", "고$1$2싶"),

        // 싫어, 않아, 없어.
        new("기(가|도|는)?( ?)(?:[시실싫][러럿]|실어|시룸)", "기$1$2싫어"),
        new("기(가|도|는)?( ?)(?:[실싫]타)", "기$1$2싫다"),
        new("([고싶])지(가|도|는)?( ?)(?:안([아은는고을으네습])|아나)", "$1지$2$3않$4"),
        new("업[서써]", "없어"),
        new("업ㅅ", "없"),
        new("([가이도])( ?)업( ?)어", "$1$2없$3어"),
        new("업([는네습스쓰])", "없$1"),

        // 자살, 자해. With a space they are other words: 먹자 쌀밥.
        new("[자쟈짜](?:샬|쌀)|[쟈짜]살", "자살"),
        new("[쟈짜]해|자헤", "자해"),

        // 뛰어내리다, 옥상, 수면제, 번개탄, 손목.
        new("[뛰띄뚜띠][어여]( ?)[내네]([리릴린렸려림립릿])", "뛰어$1내$2"),
        new("옥쌍", "옥상"),
        new("수면재", "수면제"),
        new("번게탄", "번개탄"),
        new("손몽|손묵", "손목"),

        // Adverbs and the like.
        new("마니", "많이"),
        new("머거", "먹어"),
        new("먹어[따때]", "먹었다"),
        new("시러([요서해])", "싫어$1"),
        new("몰겠", "모르겠"),
        new("머(?=하러|하나|하고|해서|땜에)", "뭐"),
        new("([나까가])( ?)시프(?=[다네고])", "$1$2싶"),
        new("인제", "이제"),
        new("걍", "그냥"),
    ];

    public static string Spell(string text)
    {
        text = Endings(text);
        var letters = default(LetterSet);
        letters.Add(text);
        foreach (var form in Forms)
        {
            text = form.Write(text, ref letters);
        }

        return text;
    }

    /// <summary>
    /// Past, future and intention as they sound: 먹어써 and 먹엇어 are 먹었어, 할꺼야 and 할 끼다 are 할거야, 할께 is 할게, 할라꼬 is 하려고.
    /// </summary>
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
                case '엇' or '앗' or '햇' or '렷' or '졋' or '왓' or '겻' or '셧' or '쳣' or '켯' or '웟' or '갓' or '랏' or '잇' or '냇' or '썻' or '됏' or '꼇' when letters[i] != '앗' || letters[i - 1] is not ('빼' or '씨'):
                    letters[i] = (char)(letters[i] + 1);
                    break;
                case '꺼' or '껀' or '껄' or '껍' or '껏' or '께' when EndsInL(letters, stem) && !IsTakenOut(letters, i):
                    letters[i] = (char)(letters[i] - ('까' - '가'));
                    break;
                case '끼' or '낍' or '낀' or '낄' when EndsInL(letters, stem):
                    letters[i] = (char)(letters[i] - ('끼' - '거'));
                    break;
                case '라' or '려' when EndsInL(letters, stem) && letters[stem] is not ('말' or '달' or '몰') && IsIntention(letters, i):
                    letters[stem] = (char)(letters[stem] - ((letters[stem] - '가') % 28));
                    letters[i] = '려';
                    break;
                default:
                    break;
            }
        }

        return new string(letters);
    }

    /// <summary>약을 꺼내, 불을 꺼 버려: to take out, to put out.</summary>
    private static bool IsTakenOut(char[] letters, int i) =>
        letters[i] == '꺼' && letters[i - 1] == ' ' && i + 1 < letters.Length && "내냈낸낼냅졌져지진".Contains(letters[i + 1], StringComparison.Ordinal);

    private static bool EndsInL(char[] letters, int i) => i > 0 && Jamo.IsSyllable(letters[i]) && Jamo.Final(letters[i]) == 'ㄹ';

    /// <summary>할라고, 할려구, 할라 했는데: what follows tells it from other words with these letters.</summary>
    private static bool IsIntention(char[] letters, int i)
    {
        var after = i + 1 < letters.Length && letters[i + 1] == ' ' ? i + 2 : i + 1;
        return after < letters.Length && (after == i + 1 ? "고구꼬꾸다던니" : "그한하했카캤캐해").Contains(letters[after], StringComparison.Ordinal);
    }
}

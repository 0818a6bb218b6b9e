using System.Runtime.CompilerServices;
using BeMore.Counselling;
using Microsoft.Extensions.AI;

namespace BeMore.Gemini;

/// <summary>
/// The counsellor that needs no key: prepared sentences by emotion, at the pace of a model. It is a stand-in for trying the
/// product out, and says so in its first answer.
/// </summary>
internal sealed class DemoChatClient(TimeProvider time) : IChatClient
{
    /// <summary>The option under which the turn's emotion comes along.</summary>
    public const string EmotionOption = "bemore.emotion";

    public const string Introduction =
        "안녕하세요. 먼저 말씀드릴게요. 저는 실제 AI가 아니라 미리 준비된 문장으로 답하는 데모 상담사예요. ";

    private static readonly TimeSpan WordsApart = TimeSpan.FromMilliseconds(40);

    private static readonly string[] Questions =
    [
        "지금 가장 마음에 걸리는 것은 무엇인가요?",
        "그 순간에 어떤 생각이 스쳐 지나갔는지 떠올려 보시겠어요?",
        "그때 몸에서는 어떤 느낌이 들었나요?",
        "오늘 자신을 위해 해 볼 수 있는 아주 작은 일이 있다면 무엇일까요?",
        "같은 일을 겪는 친구가 있다면 어떤 말을 해 주고 싶으세요?",
    ];

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var answersBefore = messages.Count(m => m.Role == ChatRole.Assistant);
        var emotion = EmotionNames.Parse(options?.AdditionalProperties?.GetValueOrDefault(EmotionOption) as string);
        var answer = (answersBefore == 0 ? Introduction : "") + Acknowledge(emotion) + " " + Questions[answersBefore % Questions.Length];

        var from = 0;
        while (from < answer.Length)
        {
            await Task.Delay(WordsApart, time, cancellationToken);
            var space = answer.IndexOf(' ', from);
            var to = space < 0 ? answer.Length : space + 1;
            yield return new ChatResponseUpdate(ChatRole.Assistant, answer[from..to]);
            from = to;
        }

        yield return new ChatResponseUpdate { Role = ChatRole.Assistant, FinishReason = ChatFinishReason.Stop };
    }

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    private static string Acknowledge(Emotion? emotion) => emotion switch
    {
        Emotion.Happy => "표정이 밝으시네요. 그 좋은 마음을 함께 나누어 주셔서 고마워요.",
        Emotion.Sad => "많이 슬프셨겠어요. 그 마음을 천천히 들려주셔도 괜찮아요.",
        Emotion.Angry => "화가 나실 만한 일이 있었나 봐요. 그 마음을 그대로 말씀하셔도 괜찮아요.",
        Emotion.Anxious => "마음이 불안하셨군요. 잠시 숨을 천천히 들이쉬고 내쉬어 볼까요.",
        Emotion.Surprised => "많이 놀라셨겠어요. 무슨 일이 있었는지 듣고 싶어요.",
        Emotion.Disgusted => "마음이 많이 불편하셨겠어요. 그렇게 느끼시는 것은 자연스러운 일이에요.",
        Emotion.Fearful => "두려우셨겠어요. 지금 이곳에서는 천천히 이야기하셔도 괜찮아요.",
        _ => "말씀해 주셔서 고마워요. 하신 이야기를 잘 듣고 있어요.",
    };
}

using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace BeMore.Gemini;

/// <summary>
/// Somebody who tells of something hard must not meet silence: where a filter blocked the prompt, stopped the answer or left it
/// without a word, a short sentence in Korean stands in its place. It promises nothing and keeps the talk open.
/// </summary>
internal sealed class SupportiveEnding(IChatClient inner, ILogger<SupportiveEnding> logger) : DelegatingChatClient(inner)
{
    public const string InsteadOfBlocked =
        "그 이야기를 꺼내기까지 마음이 많이 무거우셨을 것 같아요. 제가 지금 바로 답을 드리기는 어렵지만, 계속 듣고 있어요. 지금 마음이 어떠신지 조금 더 들려주시겠어요?";

    public const string AfterBreakingOff = "여기서 잠시 멈출게요. 지금 마음이 어떠신지 조금 더 들려주시겠어요?";

    public const string InsteadOfNothing = "제가 잠시 말을 잇지 못했어요. 방금 하신 이야기를 한 번만 더 들려주시겠어요?";

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var shown = 0;
        var endsInSpace = true;
        ChatFinishReason? finish = null;
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            if (update.Text is { Length: > 0 } text)
            {
                shown += text.Length;
                endsInSpace = char.IsWhiteSpace(text[^1]);
            }

            finish = update.FinishReason ?? finish;
            yield return update;
        }

        var blocked = finish == ChatFinishReason.ContentFilter;
        if (!blocked && shown > 0)
        {
            yield break;
        }

        logger.SupportiveSentenceAdded(finish?.Value ?? "none", shown);
        var sentence = shown > 0 ? AfterBreakingOff : blocked ? InsteadOfBlocked : InsteadOfNothing;
        yield return new ChatResponseUpdate(ChatRole.Assistant, endsInSpace ? sentence : " " + sentence);
    }

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);
}

using System.Globalization;

namespace BeMore.Gemini;

/// <summary>What kind of failure it was: it decides what is tried next and what the person is told.</summary>
internal enum GeminiFailure
{
    /// <summary>Overloaded, over quota, broken inside, cut off: the next try may pass.</summary>
    Passing,

    /// <summary>It did not answer in time, or fell silent.</summary>
    TimedOut,

    /// <summary>The key is refused or the account suspended.</summary>
    KeyRefused,

    /// <summary>There is no such model any more.</summary>
    ModelGone,

    /// <summary>It said that our request is wrong.</summary>
    BadRequest,

    /// <summary>What it sent cannot be read.</summary>
    Unreadable,

    /// <summary>It was not asked, because it is known to be down.</summary>
    KnownDown,
}

/// <summary>
/// The model gave no answer, or only a part of one. The message is made here, of codes and names alone: Google's own texts
/// may quote what a person said, and this one goes to the log.
/// </summary>
internal sealed class GeminiException(GeminiFailure failure, string what, Exception? inner = null) : Exception(what, inner)
{
    public GeminiFailure Failure { get; } = failure;

    /// <summary>The HTTP status, where Gemini gave one.</summary>
    public int? Status { get; init; }

    /// <summary>What it is in one word for programs: Gemini's status, or what there was in its place.</summary>
    public string Kind => Status?.ToString(CultureInfo.InvariantCulture) ?? Failure switch
    {
        GeminiFailure.Passing => "connection",
        GeminiFailure.TimedOut => "timeout",
        GeminiFailure.Unreadable => "unreadable",
        _ => "other",
    };

    /// <summary>How long Google asks us to wait (RetryInfo); null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>It is there, but has given us all that it means to for now.</summary>
    public bool IsOverQuota { get; init; }

    /// <summary>It tells that the model is down. A quota that says when it ends tells only that.</summary>
    public bool MeansDown => Failure is GeminiFailure.Passing or GeminiFailure.TimedOut && !(IsOverQuota && RetryAfter is not null);

    /// <summary>The person may try again later; otherwise something here or there is broken.</summary>
    public bool IsUnavailability => Failure is not (GeminiFailure.BadRequest or GeminiFailure.Unreadable);
}

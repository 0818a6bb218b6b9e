using System.Text.Json.Serialization;
using BeMore.Sessions;

namespace BeMore.Cluster;

/// <summary>What nodes say to each other, through Redis's channels: it is not kept there, and may be lost.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Taken), "taken")]
[JsonDerivedType(typeof(Offer), "offer")]
[JsonDerivedType(typeof(Ask), "ask")]
[JsonDerivedType(typeof(Waits), "waits")]
[JsonDerivedType(typeof(Told), "told")]
[JsonDerivedType(typeof(Gone), "gone")]
[JsonDerivedType(typeof(Stop), "stop")]
[JsonDerivedType(typeof(Heard), "heard")]
[JsonDerivedType(typeof(Changed), "changed")]
internal abstract record NodeMessage
{
    /// <summary>A newer connection has the session at the sender: whoever has it there loses it.</summary>
    /// <param name="Session">Its id.</param>
    /// <param name="At">As <see cref="SessionSeats.Seat.TakenAt"/>.</param>
    /// <param name="Handover">Under which name the session's turns are to be told on; null where nobody wants them. Answered with an <see cref="Offer"/>.</param>
    public sealed record Taken(string Session, long At, string? Handover) : NodeMessage;

    /// <summary>What there is to be told on.</summary>
    /// <param name="Origins">For each turn, in order, the node that runs it.</param>
    public sealed record Offer(IReadOnlyList<string> Origins) : NodeMessage;

    /// <summary>What is there of a turn beyond what was seen? Answered when there is more, or after a while.</summary>
    /// <param name="Handover">Of which the turn is.</param>
    /// <param name="Turn">Its place in the offer.</param>
    /// <param name="Begun">That it was accepted is known.</param>
    /// <param name="Seen">Characters (UTF-16).</param>
    /// <param name="Stopped">It is to end where it is.</param>
    public sealed record Ask(string Handover, int Turn, bool Begun, int Seen, bool Stopped) : NodeMessage;

    /// <summary>Turns that wait at the sender for others before them will be asked for.</summary>
    public sealed record Waits(string Handover) : NodeMessage;

    /// <param name="Begun">It was accepted.</param>
    /// <param name="Text">Whole chunks.</param>
    /// <param name="End">Null: it goes on. Empty: it is complete. Else the code of its error.</param>
    public sealed record Told(bool Begun, string Text, string? End) : NodeMessage;

    /// <summary>That turn is told to somebody else, or not known.</summary>
    /// <param name="Runs">It has not ended yet.</param>
    public sealed record Gone(bool Runs) : NodeMessage;

    /// <summary>The turn is to end where it is: at once, not with the next question.</summary>
    public sealed record Stop(string Handover, int Turn) : NodeMessage;

    /// <summary>The turn's end has arrived.</summary>
    public sealed record Heard(string Handover, int Turn) : NodeMessage;

    /// <summary>Something was done to a session, and is in the database.</summary>
    public sealed record Changed(string Session, SessionChange Change) : NodeMessage;
}

/// <param name="From">The node that says it.</param>
/// <param name="Question">The number of a question that is to be answered.</param>
/// <param name="Answer">The number of the question that this answers.</param>
/// <param name="Message">What is said.</param>
internal sealed record NodeLetter(string From, long? Question, long? Answer, NodeMessage Message);

[JsonSerializable(typeof(NodeLetter))]
[JsonSourceGenerationOptions(UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class NodeJson : JsonSerializerContext;

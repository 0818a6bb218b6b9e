using System.Text.Json;

namespace BeMore.Counselling;

/// <summary>
/// What a turn's stream yields: <c>Begin</c>, then <c>Chunk</c>s, then exactly one of <c>Complete</c> (after at least one chunk)
/// and <c>Failed</c>. A turn that is refused yields <c>Failed</c> alone (protocol.md, section 1.1).
/// </summary>
internal abstract record TurnEvent : Envelope
{
    private TurnEvent()
    {
    }

    /// <summary>The turn is accepted; nothing has been said yet.</summary>
    public sealed record Begin : TurnEvent
    {
        public static readonly Begin Instance = new();

        public override string Type => "ai_stream_begin";

        protected override void WriteData(Utf8JsonWriter json)
        {
        }
    }

    /// <summary>A piece of the answer: never empty, never a part of a code point or of a Hangul syllable.</summary>
    public sealed record Chunk(string Text) : TurnEvent
    {
        public override string Type => "ai_stream_chunk";

        protected override void WriteData(Utf8JsonWriter json) => json.WriteString("chunk"u8, Text);
    }

    /// <summary>The answer is whole, and kept.</summary>
    public sealed record Complete : TurnEvent
    {
        public static readonly Complete Instance = new();

        public override string Type => "ai_stream_complete";

        protected override void WriteData(Utf8JsonWriter json)
        {
        }
    }

    /// <summary>The turn was refused, or its answer ended early. What was shown of it is kept.</summary>
    public sealed record Failed(TurnError Error) : TurnEvent
    {
        public override string Type => "ai_stream_error";

        protected override void WriteData(Utf8JsonWriter json)
        {
            json.WriteString("error"u8, Error.Sentence);
            json.WriteString("code"u8, Error.Code);
        }
    }

    /// <summary>Nothing comes after it.</summary>
    public bool IsLast => this is Complete or Failed;
}

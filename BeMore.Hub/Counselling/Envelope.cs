using System.Text.Json;

namespace BeMore.Counselling;

/// <summary>
/// What the server says through either door: <c>{"type": string, "data": object}</c> (protocol.md, section 1). A SignalR client
/// gets the very shape that the raw socket speaks, so that both handle the same few messages.
/// </summary>
internal abstract record Envelope
{
    /// <summary>The envelope's <c>type</c>.</summary>
    public abstract string Type { get; }

    /// <summary>Writes the members of <c>data</c>.</summary>
    protected abstract void WriteData(Utf8JsonWriter json);

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, Type);
        json.WriteStartObject("data"u8);
        WriteData(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

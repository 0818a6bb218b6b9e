using System.Text.Json;

namespace BeMore.Counselling;

/// <summary>A message that is no command: the socket stays open (protocol.md, section 1).</summary>
internal sealed record Rejection(string Code, string Message) : Envelope
{
    public static readonly Rejection Unreadable = new("PARSE_ERROR", "메시지 파싱 오류");

    public static Rejection UnknownCommand(string type) => new("UNKNOWN_COMMAND", $"알 수 없는 명령: {type}");

    public override string Type => "error";

    protected override void WriteData(Utf8JsonWriter json)
    {
        json.WriteString("code"u8, Code);
        json.WriteString("message"u8, Message);
    }
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using BeMore.Counselling;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace BeMore.RawSocket;

/// <summary>
/// The frontend's <c>type/data</c> envelopes as a SignalR hub protocol: what comes in becomes hub messages, what the hub says becomes
/// envelopes. Records end with 0x1E, which valid JSON never holds.
/// </summary>
/// <remarks>One object serves all connections: it holds no state of any. Bad input never throws here, because that would close the connection.</remarks>
internal sealed class EnvelopeProtocol : IHubProtocol
{
    public const string ProtocolName = "bemore";

    /// <summary>Ends a record.</summary>
    public const byte RecordSeparator = 0x1E;

    /// <summary>
    /// A record that no client can send (the adapter lets no such byte in): the adapter itself asks for the rest of what a lost socket
    /// left unfinished, as a SignalR client does with <c>ResumeAiResponse</c>.
    /// </summary>
    public const byte Resume = 0x06;

    /// <summary>Stands for "the session of this connection" in hub calls.</summary>
    public const string OwnSession = "";

    /// <summary>JSON nested deeper is not read (protocol.md, section 1.2).</summary>
    private const int MaxDepth = 32;

    // Bad input is answered through the path that SignalR has for arguments that cannot be read. It answers with an error under the
    // invocation's id, so the id carries what is to be said.
    private const string UnreadableId = "!";
    private const string UnknownCommandId = "?";

    private static readonly ExceptionDispatchInfo BadInput =
        ExceptionDispatchInfo.Capture(new InvalidDataException("The message is no command. (What it says is not logged.)"));

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static Utf8JsonWriter? s_writer;

    private static long s_lastId;

    public string Name => ProtocolName;

    public int Version => 1;

    public TransferFormat TransferFormat => TransferFormat.Text;

    public bool IsVersionSupported(int version) => version == Version;

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        if (input.PositionOf(RecordSeparator) is not { } end)
        {
            message = null;
            return false;
        }

        message = Read(input.Slice(0, end));
        input = input.Slice(input.GetPosition(1, end));
        return true;
    }

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output)
    {
        var envelope = message switch
        {
            StreamItemMessage { Item: Envelope item } => item,
            InvocationMessage { Arguments: [Envelope pushed] } => pushed,
            CompletionMessage { Result: Envelope result } => result,
            CompletionMessage { Error: not null, InvocationId: { } id } => ErrorFor(id),
            // Ends of streams, pings and the like mean nothing to the frontend.
            _ => null,
        };
        if (envelope is null)
        {
            return;
        }

        var json = s_writer ??= new Utf8JsonWriter(Stream.Null, WriterOptions);
        json.Reset(output);
        envelope.WriteTo(json);
        json.Flush();
        json.Reset(Stream.Null);
        output.Write([RecordSeparator]);
    }

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        WriteMessage(message, output);
        return output.WrittenMemory;
    }

    private static HubMessage Read(ReadOnlySequence<byte> record)
    {
        if (record.Length == 1 && record.FirstSpan[0] == Resume)
        {
            return StreamCall(nameof(CounsellingHub.ResumeAiResponse), OwnSession);
        }

        try
        {
            return ReadEnvelope(record) ?? Refuse(UnreadableId);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The reader throws the second where text is no text, as in "\ud800": what it is asked about such text is ours to choose,
            // but a mistake in that must not close somebody's socket.
            return Refuse(UnreadableId);
        }
    }

    /// <summary>Null if it is no envelope.</summary>
    private static HubMessage? ReadEnvelope(ReadOnlySequence<byte> record)
    {
        var json = new Utf8JsonReader(record, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        string? type = null;
        // The data may stand before the type: where it is, is kept as a reader, and read when the type is known.
        var data = default(Utf8JsonReader);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (CounsellingJson.NameIs(ref json, "type"))
            {
                json.Read();
                type = CounsellingJson.ReadString(ref json);
            }
            else
            {
                var isData = CounsellingJson.NameIs(ref json, "data");
                json.Read();
                if (isData)
                {
                    data = json;
                }

                json.Skip();
            }
        }

        // Reading on finds what stands behind the object, which is no JSON then.
        json.Read();
        return type is null ? null : Command(type, data);
    }

    private static HubMessage Command(string type, Utf8JsonReader data) => type switch
    {
        "request_ai_response" => StreamCall(nameof(CounsellingHub.RequestAiResponse), OwnSession, CounsellingJson.ReadRequest(ref data)),
        "cancel_ai_response" => Call(nameof(CounsellingHub.CancelAiResponse), OwnSession),
        "ping" => new InvocationMessage(NextId(), nameof(CounsellingHub.Ping), [OwnSession]),
        "emotion_update" => Call(nameof(CounsellingHub.UpdateEmotion), OwnSession, CounsellingJson.ReadRequest(ref data).Emotion),
        // Accepted, and of no use yet.
        "vad_metrics" => PingMessage.Instance,
        _ => Refuse(UnknownCommandId + type),
    };

    private static InvocationMessage Call(string method, params object?[] arguments) => new(method, arguments);

    private static StreamInvocationMessage StreamCall(string method, params object?[] arguments) => new(NextId(), method, arguments);

    private static InvocationBindingFailureMessage Refuse(string id) => new(id, "envelope", BadInput);

    // A stream's id must be its own while it runs.
    private static string NextId() => Interlocked.Increment(ref s_lastId).ToString(CultureInfo.InvariantCulture);

    private static Envelope ErrorFor(string invocationId) => invocationId switch
    {
        UnreadableId => Rejection.Unreadable,
        [var first, .. var type] when first == UnknownCommandId[0] => Rejection.UnknownCommand(type),
        // A hub method threw, which is a mistake of ours: the request still gets its one ending.
        _ => new TurnEvent.Failed(TurnError.Internal),
    };
}

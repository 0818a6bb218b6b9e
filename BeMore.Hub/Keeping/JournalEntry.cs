using System.IO.Hashing;
using System.Text.Encodings.Web;
using System.Text.Json;
using BeMore.Data;

namespace BeMore.Keeping;

/// <summary>A turn in the journal; or that a session was erased, whose turns may stand before it.</summary>
/// <param name="Turn">What is to be stored; null where a session was erased.</param>
/// <param name="UserId">Who owns the session, where it has to be made.</param>
/// <param name="MayCreateSession">The session was not in the database when it went away, but may be made.</param>
/// <param name="ErasedSession">Its id; null where a turn is to be stored.</param>
/// <param name="ErasedAt">When it was: a session that is made later under the same id is another. Null: whatever is there goes.</param>
internal sealed record JournalEntry(
    KeptTurn? Turn, string? UserId = null, bool MayCreateSession = false, string? ErasedSession = null, DateTimeOffset? ErasedAt = null)
{
    private const int HashLength = 8;

    // As it stands in no turn: what somebody says has its quotation marks escaped.
    private static readonly byte[] Erasure = "\"ErasedSession\":\""u8.ToArray();

    // Korean as UTF-8: half as long.
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A line: CRC-32 of the JSON in hexadecimal digits, a blank, the JSON.</summary>
    public byte[] ToLine()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, Json);
        var line = new byte[HashLength + 1 + json.Length + 1];
        Hash(json).CopyTo(line, 0);
        line[HashLength] = (byte)' ';
        json.CopyTo(line, HashLength + 1);
        line[^1] = (byte)'\n';
        return line;
    }

    /// <summary>Null if it is not what was written: the machine went down in the middle of it.</summary>
    public static JournalEntry? Read(ReadOnlySpan<byte> line)
    {
        if (line.Length <= HashLength + 1 || !line[..HashLength].SequenceEqual(Hash(line[(HashLength + 1)..])))
        {
            return null;
        }

        return JsonSerializer.Deserialize<JournalEntry>(line[(HashLength + 1)..]) is { } entry && (entry.Turn ?? (object?)entry.ErasedSession) is not null ? entry : null;
    }

    /// <summary>Whether a line is worth reading for an erasure.</summary>
    public static bool MayErase(ReadOnlySpan<byte> line) => line.IndexOf(Erasure) >= 0;

    private static byte[] Hash(ReadOnlySpan<byte> json) => System.Text.Encoding.ASCII.GetBytes(Crc32.HashToUInt32(json).ToString("x8", null));
}

using System.Text;
using Google.Protobuf;

namespace BeMore.Tests;

/// <summary>A message of Protocol Buffers by the numbers of its fields: enough to read what OpenTelemetry sends, without its schemas.</summary>
internal sealed class Protobuf
{
    private readonly List<(int Field, object Value)> _fields = [];

    public Protobuf(ByteString bytes)
    {
        using var input = bytes.CreateCodedInput();
        while (input.ReadTag() is not 0 and var tag)
        {
            _fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                WireFormat.WireType.Fixed32 => (ulong)input.ReadFixed32(),
                WireFormat.WireType.LengthDelimited => input.ReadBytes(),
                var other => throw new InvalidDataException($"{other} is not in use."),
            }));
        }
    }

    public bool Has(int field) => _fields.Exists(f => f.Field == field);

    public IEnumerable<Protobuf> Each(int field) => _fields.Where(f => f.Field == field).Select(f => new Protobuf((ByteString)f.Value));

    /// <summary>Empty where it is missing.</summary>
    public Protobuf One(int field) => Each(field).FirstOrDefault() ?? new Protobuf(ByteString.Empty);

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    /// <summary>An id, in hexadecimal digits.</summary>
    public string Id(int field) => Convert.ToHexStringLower(Bytes(field).Span);

    public long Number(int field) => (long)(_fields.Find(f => f.Field == field).Value as ulong? ?? 0);

    public double Double(int field) => BitConverter.Int64BitsToDouble(Number(field));

    private ByteString Bytes(int field) => _fields.Find(f => f.Field == field).Value as ByteString ?? ByteString.Empty;
}

using System.Globalization;
using Google.Protobuf;

namespace BeMore.Tests;

/// <param name="Kind">2: server, 3: client.</param>
/// <param name="Status">0: unset, 2: error.</param>
/// <param name="Links">Trace and span.</param>
internal sealed record SentSpan(
    string Scope,
    string Name,
    string TraceId,
    string SpanId,
    string ParentId,
    long Kind,
    long Status,
    string StatusText,
    IReadOnlyDictionary<string, string> Attributes,
    IReadOnlyList<(string TraceId, string SpanId)> Links,
    IReadOnlyDictionary<string, string> Resource);

/// <param name="Value">Of a histogram the sum.</param>
/// <param name="Count">Of a histogram; else 0.</param>
internal sealed record SentPoint(
    string Scope, string Name, string Unit, double Value, long Count, IReadOnlyDictionary<string, string> Attributes, IReadOnlyDictionary<string, string> Resource);

/// <summary>What OpenTelemetry's protocol carries, by the numbers of its fields (opentelemetry-proto 1.x).</summary>
internal static class Otlp
{
    public static IEnumerable<SentSpan> Spans(ByteString request) =>
        from resource in new Protobuf(request).Each(1)
        from scope in resource.Each(2)
        from span in scope.Each(2)
        select new SentSpan(
            scope.One(1).Text(1),
            span.Text(5),
            span.Id(1),
            span.Id(2),
            span.Id(4),
            span.Number(6),
            span.One(15).Number(3),
            span.One(15).Text(2),
            Attributes(span.Each(9)),
            [.. span.Each(13).Select(link => (link.Id(1), link.Id(2)))],
            Attributes(resource.One(1).Each(1)));

    public static IEnumerable<SentPoint> Points(ByteString request) =>
        from resource in new Protobuf(request).Each(1)
        from scope in resource.Each(2)
        from metric in scope.Each(2)
        from point in metric.Each(5).Concat(metric.Each(7)).SelectMany(data => data.Each(1)).Select(Number)
            .Concat(metric.Each(9).SelectMany(data => data.Each(1)).Select(Histogram))
        select new SentPoint(
            scope.One(1).Text(1), metric.Text(1), metric.Text(3), point.Value, point.Count, point.Attributes, Attributes(resource.One(1).Each(1)));

    private static (double Value, long Count, IReadOnlyDictionary<string, string> Attributes) Number(Protobuf point) =>
        (point.Has(4) ? point.Double(4) : point.Number(6), 0, Attributes(point.Each(7)));

    private static (double Value, long Count, IReadOnlyDictionary<string, string> Attributes) Histogram(Protobuf point) =>
        (point.Double(5), point.Number(4), Attributes(point.Each(9)));

    private static Dictionary<string, string> Attributes(IEnumerable<Protobuf> pairs) =>
        pairs.ToDictionary(pair => pair.Text(1), pair => Value(pair.One(2)));

    private static string Value(Protobuf value) =>
        value.Has(2) ? (value.Number(2) != 0).ToString()
        : value.Has(3) ? value.Number(3).ToString(CultureInfo.InvariantCulture)
        : value.Has(4) ? value.Double(4).ToString(CultureInfo.InvariantCulture)
        : value.Has(5) ? string.Join(',', value.One(5).Each(1).Select(Value))
        : value.Text(1);
}

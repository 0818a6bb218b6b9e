using System.Data.Common;
using System.Globalization;

namespace BeMore.Data;

internal static class DbDataReaderTimes
{
    /// <summary>
    /// A moment. Without a zone, as some tables of others have it: UTC. The embedded database keeps text. Null for what is no time to us.
    /// </summary>
    public static DateTimeOffset? TimeAt(this DbDataReader row, int column) => row.GetValue(column) switch
    {
        DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
        string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) => time,
        _ => null,
    };
}

using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BeMore.Safety;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace BeMore.Page;

/// <summary>
/// One of the files in <c>assets</c>, which travel inside the program: wherever it runs, it has them. Where help is, is not in them: the
/// numbers are put into the page, and written as a script of their own, so that it shows those that the hub gives.
/// </summary>
internal sealed record PageFile(string Path, string ContentType, byte[] Content)
{
    public const string Index = "index.html";

    private const string Prefix = "BeMore.Page/";

    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <summary>Of the content, so that a browser is given it anew when it has changed, and only then.</summary>
    public EntityTagHeaderValue Tag => new($"\"{Convert.ToHexStringLower(SHA256.HashData(Content)[..16])}\"");

    public static IEnumerable<PageFile> All(HelpLines lines) => Assets().Append(LinesOf(lines))
        .Select(file => file.Path == Index ? file with { Content = Filled(file.Content, lines) } : file);

    private static IEnumerable<PageFile> Assets() =>
        from name in typeof(PageFile).Assembly.GetManifestResourceNames()
        where name.StartsWith(Prefix, StringComparison.Ordinal)
        // Written by the build on whatever system it ran.
        let path = name[Prefix.Length..].Replace('\\', '/')
        select new PageFile(path, TypeOf(path), Read(name));

    private static PageFile LinesOf(HelpLines lines)
    {
        const string Script = "help-lines.js";
        var shown = JsonSerializer.Serialize(lines.All.Select(line => new { line.Number, line.Name }), JsonSerializerOptions.Web);
        return new PageFile(Script, TypeOf(Script), Encoding.UTF8.GetBytes($"// Whom one can call, as the hub is configured.\n\nexport const helpLines = {shown};\n"));
    }

    private static byte[] Filled(byte[] page, HelpLines lines) => Encoding.UTF8.GetBytes(lines.Fill(Encoding.UTF8.GetString(page), WebUtility.HtmlEncode));

    private static string TypeOf(string path) =>
        Types.TryGetContentType(path, out var type) ? $"{type}; charset=utf-8" : throw new InvalidOperationException($"{path} has no content type.");

    private static byte[] Read(string name)
    {
        using var resource = typeof(PageFile).Assembly.GetManifestResourceStream(name)!;
        var content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }
}

using System.Security.Cryptography;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace BeMore.Page;

/// <summary>One of the files in <c>assets</c>. They travel inside the program: wherever it runs, it has them.</summary>
internal sealed record PageFile(string Path, string ContentType, byte[] Content)
{
    public const string Index = "index.html";

    private const string Prefix = "BeMore.Page/";

    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <summary>Of the content, so that a browser is given it anew when it has changed, and only then.</summary>
    public EntityTagHeaderValue Tag { get; } = new($"\"{Convert.ToHexStringLower(SHA256.HashData(Content)[..16])}\"");

    public static IEnumerable<PageFile> All() =>
        from name in typeof(PageFile).Assembly.GetManifestResourceNames()
        where name.StartsWith(Prefix, StringComparison.Ordinal)
        // Written by the build on whatever system it ran.
        let path = name[Prefix.Length..].Replace('\\', '/')
        select new PageFile(path, TypeOf(path), Read(name));

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

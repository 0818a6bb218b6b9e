using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;

namespace BeMore.Contract;

/// <summary>
/// A document as this host serves it: one of the files beside this one, which travel inside the program, without what is not served here
/// (<c>BACKEND_URL</c>, Production, no <c>METRICS_PORT</c>). The files are written by hand, and tests hold them to what is really sent.
/// </summary>
internal sealed record ContractDocument(byte[] Content)
{
    private const string Prefix = "BeMore.Contract.";

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public EntityTagHeaderValue Tag { get; } = new($"\"{Convert.ToHexStringLower(SHA256.HashData(Content)[..16])}\"");

    /// <summary>The HTTP calls.</summary>
    public static ContractDocument OpenApi(ServedRoutes routes)
    {
        var document = Read("openapi.json");
        var paths = document["paths"]!.AsObject();
        foreach (var (path, calls) in paths.ToList())
        {
            Keep(calls!.AsObject(), method => method == "servers" || routes.Serve(path, method));
        }

        // What is left of a path may be the address at which its calls were.
        Keep(paths, path => paths[path]!.AsObject().Any(member => member.Key != "servers"));
        return Write(document);
    }

    /// <summary>The sockets.</summary>
    public static ContractDocument AsyncApi(ServedRoutes routes)
    {
        var document = Read("asyncapi.json");
        var channels = document["channels"]!.AsObject();
        Keep(channels, channel => routes.Serve((string)channels[channel]!["address"]!, "get"));
        var operations = document["operations"]!.AsObject();
        Keep(operations, operation => channels.ContainsKey(((string)operations[operation]!["channel"]!["$ref"]!).Split('/')[^1]));
        return Write(document);
    }

    private static void Keep(JsonObject members, Func<string, bool> isKept)
    {
        foreach (var name in members.Select(member => member.Key).Where(name => !isKept(name)).ToList())
        {
            members.Remove(name);
        }
    }

    private static JsonNode Read(string name)
    {
        using var resource = typeof(ContractDocument).Assembly.GetManifestResourceStream(Prefix + name)!;
        return JsonNode.Parse(resource)!;
    }

    private static ContractDocument Write(JsonNode document) => new(JsonSerializer.SerializeToUtf8Bytes(document, Readable));
}

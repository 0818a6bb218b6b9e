using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace BeMore.Tests;

/// <param name="Problems">What is wrong, a sentence each.</param>
/// <param name="Unseen">What the documents promise and was not seen: <c>GET /path 200</c>, <c>channel send message</c>.</param>
internal sealed record ContractVerdict(IReadOnlyList<string> Problems, IReadOnlyList<string> Unseen);

/// <summary>The contract's documents, and those who judge them: a validator of OpenAPI, AsyncAPI's own parser, a validator of JSON Schema.</summary>
internal static class ContractFiles
{
    private static readonly string OpenApiFile = RepositoryRoot.Combine("BeMore.Hub", "Contract", "openapi.json");
    private static readonly string AsyncApiFile = RepositoryRoot.Combine("BeMore.Hub", "Contract", "asyncapi.json");

    public static JsonNode OpenApi => JsonNode.Parse(File.ReadAllText(OpenApiFile))!;

    public static JsonNode AsyncApi => JsonNode.Parse(File.ReadAllText(AsyncApiFile))!;

    /// <summary>Whether they are what they say: valid, with examples that are as they describe.</summary>
    public static Task<ContractVerdict> ValidateAsync() => JudgeAsync("validate", OpenApiFile, AsyncApiFile);

    /// <summary>The same, of documents as a hub served them.</summary>
    public static async Task<ContractVerdict> ValidateAsync(string openApi, string asyncApi)
    {
        var folder = Directory.CreateTempSubdirectory("bemore-contract-");
        try
        {
            string[] files = [Path.Combine(folder.FullName, "openapi.json"), Path.Combine(folder.FullName, "asyncapi.json")];
            await File.WriteAllTextAsync(files[0], openApi);
            await File.WriteAllTextAsync(files[1], asyncApi);
            return await JudgeAsync("validate", files[0], files[1]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Whether what was seen is what they promise.</summary>
    /// <param name="seen">As Node/contract.mjs reads it.</param>
    public static Task<ContractVerdict> CheckAsync(object seen) =>
        JudgeAsync("check", OpenApiFile, AsyncApiFile, JsonSerializer.Serialize(seen, JsonSerializerOptions.Web));

    private static async Task<ContractVerdict> JudgeAsync(string command, string openApi, string asyncApi, string input = "")
    {
        var folder = RepositoryRoot.Combine("BeMore.Tests", "Node");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "@asyncapi", "parser")))
        {
            throw new InvalidOperationException("The validators of OpenAPI and AsyncAPI are not installed: npm ci --prefix BeMore.Tests/Node");
        }

        using var node = Start([Path.Combine(folder, "contract.mjs"), command, openApi, asyncApi]);
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.StandardInput.WriteAsync(input);
        node.StandardInput.Close();
        await node.WaitForExitAsync();
        node.ExitCode.Should().Be(0, await errors);
        return JsonSerializer.Deserialize<ContractVerdict>(await output, JsonSerializerOptions.Web)!;
    }

    private static Process Start(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("node", arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            })!;
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException("The validators of OpenAPI and AsyncAPI need Node.js: apt-get install nodejs npm");
        }
    }
}

using System.Reflection;
using BeMore.Counselling;
using BeMore.HttpApi;

namespace BeMore.Tests;

/// <summary>The contract's documents by themselves: valid, and with the words that the code has.</summary>
public sealed class ContractDocumentTests
{
    /// <summary>As AsyncAPI has them.</summary>
    internal static IReadOnlyList<TurnError> TurnErrors =>
    [
        .. ContractFiles.AsyncApi["components"]!["schemas"]!["TurnError"]!["oneOf"]!.AsArray()
            .Select(error => error!["properties"]!)
            .Select(error => new TurnError((string)error["code"]!["const"]!, (string)error["error"]!["const"]!)),
    ];

    [Fact]
    public async Task BothAreValidAndTheirExamplesAreAsTheyDescribe() =>
        (await ContractFiles.ValidateAsync()).Problems.Should().BeEmpty();

    [Fact]
    public async Task WhoJudgesThemFindsWhatIsWrong()
    {
        var (openApi, asyncApi) = (ContractFiles.OpenApi, ContractFiles.AsyncApi);
        openApi["paths"]!["/health"]!["get"]!["responses"]!["200"]!.AsObject().Remove("description");
        asyncApi["operations"]!["ask"]!["channel"]!["$ref"] = "#/channels/voice";
        asyncApi["components"]!["messages"]!["pong"]!["examples"]![0]!["payload"]!["data"]!["more"] = 1;

        var problems = (await ContractFiles.ValidateAsync($"{openApi}", $"{asyncApi}")).Problems;

        problems.Should().Contain(p => p.StartsWith("openapi", StringComparison.Ordinal) && p.Contains("description", StringComparison.Ordinal));
        problems.Should().Contain(p => p.StartsWith("asyncapi", StringComparison.Ordinal) && p.Contains("channel", StringComparison.Ordinal));
        problems.Should().Contain("asyncapi: the example of pong: /data must NOT have additional properties more");
    }

    [Fact]
    public async Task WhatIsMoreOrLessThanIsPromisedIsFound()
    {
        var verdict = await ContractFiles.CheckAsync(new
        {
            calls = new[] { Live(200, """{"status":"ok"}"""), Live(200, """{"status":"ok","more":1}"""), Live(418, "") },
            frames = new[] { Sent("""{"type":"ai_stream_chunk","data":{"chunk":"음"}}"""), Sent("""{"type":"pong","data":{"timestamp":1,"sessionId":"s"}}""") },
        });

        verdict.Problems.Should().BeEquivalentTo(
            """GET /health/live 200 said {"status":"ok","more":1}: / must NOT have additional properties more""",
            "GET /health/live 418 is not in the document; it said ",
            """session, send: {"type":"pong","data":{"timestamp":1,"sessionId":"s"}} is none of the messages (pong: /data must have required property 'status')""");
        verdict.Unseen.Should().Contain(["GET /health 503", "session send pong", "session receive ping"])
            .And.NotContain(["GET /health/live 200", "session send aiStreamChunk"]);

        static object Live(int status, string body) => new
        {
            method = "GET",
            path = "/health/live",
            status,
            headers = new Dictionary<string, string> { ["content-type"] = "application/json; charset=utf-8", ["cache-control"] = "no-store" },
            body,
        };

        static object Sent(string text) => new { channel = "session", action = "send", text };
    }

    [Fact]
    public void TheSentencesOfATurnThatHasNoAnswerAreThoseOfTheCode() => TurnErrors.Should().BeEquivalentTo(TurnError.All);

    [Fact]
    public void TheSentencesOfACallThatFailedAreThoseOfTheCode()
    {
        var schemas = ContractFiles.OpenApi["components"]!["schemas"]!;
        var promised = schemas["AnyError"]!["oneOf"]!.AsArray()
            .Select(error => schemas[((string)error!["$ref"]!).Split('/')[^1]]!["properties"]!["error"]!["properties"]!)
            .Select(error => ((string)error["code"]!["const"]!, (string)error["message"]!["const"]!));

        var said = typeof(ApiError).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => field.GetValue(null)).OfType<ApiError>()
            .Select(error => (error.Code, error.Message)).Distinct();

        promised.Should().BeEquivalentTo(said);
    }

    [Fact]
    public void TheNumbersAreThoseOfTheCode()
    {
        var asyncApi = ContractFiles.AsyncApi;
        var schemas = asyncApi["components"]!["schemas"]!;

        ((int)schemas["SessionSuperseded"]!["properties"]!["data"]!["properties"]!["code"]!["const"]!).Should().Be(Superseded.CloseCode);
        schemas["Emotion"]!["oneOf"]![1]!["enum"]!.AsArray().Select(name => (string)name!)
            .Should().BeEquivalentTo([.. Enum.GetNames<Emotion>().Select(name => name.ToLowerInvariant()), "excited"]);
        ((string)schemas["TurnRequest"]!["properties"]!["message"]!["description"]!).Should().Contain($"{TurnRequest.MaxMessageLength} Unicode code points");
    }
}

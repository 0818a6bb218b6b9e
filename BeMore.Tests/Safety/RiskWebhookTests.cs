using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace BeMore.Tests;

/// <summary>An operator who wants to know of somebody in immediate danger is told: the session and the level, signed, and no word of what was said.</summary>
public sealed class RiskWebhookTests : IAsyncLifetime
{
    private const string Secret = "a secret of more than sixteen";
    private readonly ConcurrentQueue<(byte[] Body, string Signature)> _calls = new();
    private readonly ConcurrentQueue<int> _answers = new();
    private readonly Pulse _called = new();
    private WebApplication _operator = null!;
    private string _url = "";

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _operator = builder.Build();
        _operator.MapPost("/alarm", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            _calls.Enqueue((body.ToArray(), request.Headers["X-BeMore-Signature"].ToString()));
            _called.Beat();
            return Results.StatusCode(_answers.TryDequeue(out var status) ? status : 204);
        });
        await _operator.StartAsync();
        _url = _operator.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/alarm";
    }

    public async Task DisposeAsync() => await _operator.DisposeAsync();

    [Fact]
    public async Task ImmediateDangerIsToldOnceSignedAndTriedAgain()
    {
        _answers.Enqueue(500);
        await using var hub = await TestHub.StartAsync(new() { ["SAFETY_WEBHOOK_URL"] = _url, ["SAFETY_WEBHOOK_SECRET"] = Secret });
        await using var client = await hub.ConnectAsync("sess_1");
        foreach (var message in (string[])["죽고 싶다는 생각이 들어요", "지금 옥상 난간에 서 있어요 뛰어내릴 거예요"])
        {
            await client.RequestAsync(message);
            await client.ReadTurnAsync();
        }

        await _called.UntilAsync(() => _calls.Count == 2, () => $"{_calls.Count} calls", TimeSpan.FromSeconds(20));

        _calls.Select(c => Convert.ToHexString(c.Body)).Distinct().Should().ContainSingle("the second is the first again");
        var (body, signature) = _calls.First();
        signature.Should().Be("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body)));
        using var json = JsonDocument.Parse(body);
        json.RootElement.EnumerateObject().Select(p => p.Name).Should().Equal("sessionId", "level", "timestamp");
        json.RootElement.GetProperty("sessionId").GetString().Should().Be("sess_1");
        json.RootElement.GetProperty("level").GetString().Should().Be("imminent");
    }

    [Fact]
    public async Task NothingIsToldUnlessItIsWanted()
    {
        await using var hub = await TestHub.StartAsync();
        await using var client = await hub.ConnectAsync();

        await client.RequestAsync("지금 옥상 난간에 서 있어요 뛰어내릴 거예요");

        (await client.ReadTurnAsync())[^1].Type.Should().Be(Frame.Complete);
        _calls.Should().BeEmpty();
    }
}

namespace BeMore.Tests;

/// <summary>Who has heard an answer's end is not told it again, however quickly he or she comes back.</summary>
public sealed class SilentSocketTests
{
    [Fact]
    public async Task WhoHasHeardTheEndAndHangsUpIsNotToldAgain()
    {
        await using var hub = await TestHub.StartAsync(new() { ["MAX_AI_REQUESTS_PER_MINUTE"] = "1000" });
        for (var i = 0; i < 20; i++)
        {
            await using (var client = await hub.ConnectAsync($"s{i}"))
            {
                await client.RequestAsync("음");
                await client.ReadTurnAsync();
                await client.CloseAsync();
            }

            await using var again = await hub.ConnectAsync($"s{i}");
            await again.PingAsync();
            (await again.NextAsync()).Type.Should().Be("pong");
        }
    }
}

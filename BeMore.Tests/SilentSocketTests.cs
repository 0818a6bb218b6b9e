namespace BeMore.Tests;

/// <summary>
/// A phone changes its network: the socket is gone without a word, and its owner comes back before anybody could have noticed. What
/// was sent into the void is told again.
/// </summary>
public sealed class SilentSocketTests
{
    [Fact]
    public async Task WhatWasToldToASocketThatANewerOneSupersedesIsToldAgainUnlessTheOldOneSpokeSince()
    {
        await using var hub = await TestHub.StartAsync();
        await using var old = await hub.ConnectAsync();
        await old.RequestAsync("들리세요?");
        var told = (await old.ReadTurnAsync()).Text();

        await using (var newer = await hub.ConnectAsync())
        {
            (await newer.ReadTurnAsync()).Select(f => f.Chunk ?? f.Type).Should().Equal(Frame.Begin, told, Frame.Complete);
            await newer.PingAsync();
            await newer.ReadUntilAsync(f => f.Type == "pong");

            await using var newest = await hub.ConnectAsync();
            await newest.PingAsync();
            (await newest.NextAsync()).Type.Should().Be("pong", "who speaks has heard");
        }

        (await hub.RowsAsync()).Should().ContainSingle();
    }

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

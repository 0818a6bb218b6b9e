using System.Net;

namespace BeMore.Tests;

/// <summary>protocol.md, section 6: which tokens are valid, where they are read, and what they are worth where there is no JWT_SECRET_KEY.</summary>
public sealed class TokenTests
{
    private static readonly string SubjectOf255 = $"\"{new string('가', 255)}\"";

    [Fact]
    public async Task ATokenIsValidWhereverItsSubjectIsFromOneTo255Characters()
    {
        await using var hub = await StartAsync();

        foreach (var subject in (string[])["\"owner\"", "7", "\" \"", "\"한글 이름\"", "\"a' OR '1'='1\"", SubjectOf255])
        {
            var token = new TestToken { Subject = subject };
            var session = await hub.App.StartSessionAsync(token);
            (await hub.App.CallAsync("GET", $"session/{session}", token)).Status.Should().Be(HttpStatusCode.OK);
            (await hub.App.CallAsync("GET", $"session/{session}", TestToken.Other)).Status.Should().Be(HttpStatusCode.NotFound);
            (await hub.RowAsync($"SELECT user_id FROM sessions WHERE session_id = '{session}'")).Should().Be(subject.Trim('"'));
        }
    }

    [Fact]
    public async Task NoOtherIsTakenAtAnyDoor()
    {
        await using var hub = await StartAsync();
        var session = await hub.App.StartSessionAsync(TestToken.Owner);

        foreach (var (why, token) in Wrong())
        {
            (string, string)[] header = [("Authorization", $"Bearer {token}")];
            var query = $"?access_token={Uri.EscapeDataString(token)}";

            (await hub.App.CallAsync("GET", $"session/{session}", headers: header)).Status.Should().Be(HttpStatusCode.Unauthorized, why);
            (await hub.App.CallAsync("POST", "session/start", headers: header)).Status.Should().Be(HttpStatusCode.Unauthorized, why);
            (await HandshakeProbe.AskAsync(hub.App.Socket(session), null, header)).Status.Should().Be(HttpStatusCode.Unauthorized, why);
            (await HandshakeProbe.AskAsync(new Uri(hub.App.Socket(session) + query))).Status.Should().Be(HttpStatusCode.Unauthorized, why);
            (await HandshakeProbe.AskAsync(hub.App.Hub(), null, header)).Status.Should().Be(HttpStatusCode.Unauthorized, why);
            (await HandshakeProbe.AskAsync(new Uri(hub.App.Hub() + query))).Status.Should().Be(HttpStatusCode.Unauthorized, why);
        }
    }

    [Fact]
    public async Task ATokenIsValidFromItsBeginningToItsEndExactToTheMomentAndTheSkewOfClocks()
    {
        var skew = TimeSpan.FromSeconds(5);
        var tick = TimeSpan.FromTicks(1);
        var time = new ObservedTime();
        await using var hub = await StartAsync(time: time);
        var begin = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds() + 3600);
        var token = TestToken.Owner with { NotBefore = begin, Expires = begin.AddHours(1) };

        foreach (var (at, status) in ((DateTimeOffset, HttpStatusCode)[])
            [
                (begin - skew - tick, HttpStatusCode.Unauthorized), (begin - skew, HttpStatusCode.OK),
                (begin.AddHours(1) + skew - tick, HttpStatusCode.OK), (begin.AddHours(1) + skew, HttpStatusCode.Unauthorized),
            ])
        {
            time.SetUtcNow(at);
            (await hub.App.CallAsync("POST", "session/start", token)).Status.Should().Be(status, "it is {0:O}", at);
        }
    }

    [Fact]
    public async Task ATokenInTheAddressIsReadWhereABrowserHasNoOtherWayAndNowhereElse()
    {
        await using var hub = await StartAsync();
        var session = await hub.App.StartSessionAsync(TestToken.Owner);

        (await hub.App.CallAsync("GET", $"session/{session}?access_token={TestToken.Owner}")).Status.Should().Be(HttpStatusCode.Unauthorized);
        (await hub.App.CallAsync("POST", $"session/start?access_token={TestToken.Owner}")).Status.Should().Be(HttpStatusCode.Unauthorized);
        (await HandshakeProbe.AskAsync(new Uri($"{hub.App.Hub()}?access_token={TestToken.Owner}"))).Status.Should().Be(HttpStatusCode.SwitchingProtocols);
        (await HandshakeProbe.AskAsync(new Uri($"{hub.App.Socket(session)}?access_token={TestToken.Other}"))).Status.Should().Be(HttpStatusCode.NotFound, "it was read");
        (await HandshakeProbe.AskAsync(new Uri($"{hub.App.Socket(session)}?access_token="))).Status.Should().Be(HttpStatusCode.SwitchingProtocols, "none was given");
    }

    [Fact]
    public async Task AnothersSessionIsInNothingUnlikeOneThatThereIsNot()
    {
        await using var hub = await StartAsync();
        var theirs = await hub.App.StartSessionAsync(TestToken.Owner);
        const string Nobodys = "sess_0123456789abcdef0123456789abcdef";

        foreach (var (method, call) in ((string, string)[])
            [("GET", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/end"), ("DELETE", ""), ("GET", "/conversations"), ("GET", "/conversations?limit=x")])
        {
            var (other, unknown) = (
                await hub.App.CallAsync(method, $"session/{theirs}{call}", TestToken.Other), await hub.App.CallAsync(method, $"session/{Nobodys}{call}", TestToken.Other));
            Told(other).Should().Be(Told(unknown), "{0} {1}", method, call);
        }

        var token = ("Authorization", $"Bearer {TestToken.Other}");
        (await HandshakeProbe.AskAsync(hub.App.Socket(theirs), null, token)).Should().Be(await HandshakeProbe.AskAsync(hub.App.Socket(Nobodys), null, token));
        await using var connection = await hub.SignalRAsync(token: TestToken.Other);
        (await connection.RequestAsync(theirs, new { message = "안녕" }).ReadAsync()).Select(f => f.Raw)
            .Should().Equal((await connection.RequestAsync(Nobodys, new { message = "안녕" }).ReadAsync()).Select(f => f.Raw));
        (await hub.RowAsync("SELECT status, user_id FROM sessions")).Should().Be("active owner");
    }

    [Fact]
    public async Task WithoutAKeyThereAreNoTokensAndWhatLooksLikeOneIsNotRead()
    {
        await using var hub = await TestHub.StartAsync(environment: "Production");
        (string, string)[] garbage = [("Authorization", "Bearer garbage")];

        var session = (await hub.App.CallAsync("POST", "session/start", headers: garbage)).Data.GetProperty("sessionId").GetString()!;
        (await hub.RowAsync("SELECT user_id IS NULL FROM sessions")).Should().Be("True");
        foreach (var token in (TestToken[])[TestToken.Owner, TestToken.Other, TestToken.Owner with { Expires = DateTimeOffset.UnixEpoch }])
        {
            (await hub.App.CallAsync("GET", $"session/{session}", token)).Status.Should().Be(HttpStatusCode.OK);
            (await HandshakeProbe.AskAsync(new Uri($"{hub.App.Socket(session)}?access_token={token}"))).Status.Should().Be(HttpStatusCode.SwitchingProtocols);
            (await HandshakeProbe.AskAsync(hub.App.Hub(), null, ("Authorization", $"Bearer {token}"))).Status.Should().Be(HttpStatusCode.SwitchingProtocols);
        }
    }

    [Fact]
    public async Task AShortKeyIsTheOtherBackendsChoiceAndIsWarnedOf()
    {
        await using var hub = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = "짧은키" });

        (await hub.App.CallAsync("POST", "session/start", TestToken.Owner with { Key = "짧은키" })).Status.Should().Be(HttpStatusCode.OK);
        (await hub.App.CallAsync("POST", "session/start", TestToken.Owner with { Key = "짧은키." })).Status.Should().Be(HttpStatusCode.Unauthorized);

        (await hub.App.Logs.WaitForAsync(e => e.Event.Name == "ShortTokenKey")).Message.Should().Contain("JWT_SECRET_KEY").And.Contain("32 bytes");
        hub.App.Logs.AllText.Should().NotContain("짧은키");
    }

    [Fact]
    public async Task AKeyOf32BytesIsNotWarnedOf()
    {
        await using var hub = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = new string('k', 32) });

        (await hub.App.CallAsync("POST", "session/start", TestToken.Owner with { Key = new string('k', 32) })).Status.Should().Be(HttpStatusCode.OK);
        hub.App.Logs.Named("ShortTokenKey").Should().BeEmpty();
    }

    private static IEnumerable<(string Why, string Token)> Wrong()
    {
        var now = DateTimeOffset.UtcNow;
        yield return ("HS384 is not HS256", $"{TestToken.Owner with { Algorithm = "HS384" }}");
        yield return ("HS512 is not HS256", $"{TestToken.Owner with { Algorithm = "HS512" }}");
        yield return ("it is not signed", $"{TestToken.Owner with { Algorithm = "none" }}");
        yield return ("it is not signed, whatever the case", $"{TestToken.Owner with { Algorithm = "nOnE" }}");
        yield return ("it is not signed as it says", $"{TestToken.Owner with { Algorithm = "RS256" }}");
        yield return ("the signature is missing", $"{TestToken.Owner}"[..($"{TestToken.Owner}".LastIndexOf('.') + 1)]);
        yield return ("it is signed with another key", $"{TestToken.Owner with { Key = "another key of more than thirty-two bytes" }}");
        yield return ("it is signed with no key", $"{TestToken.Owner with { Key = "" }}");
        yield return ("its payload was changed", $"{TestToken.Owner with { TamperedSubject = "\"other\"" }}");
        yield return ("it is over", $"{TestToken.Owner with { Expires = now.AddMinutes(-1) }}");
        yield return ("it never ends", $"{TestToken.Owner with { Expires = null }}");
        yield return ("it has not begun", $"{TestToken.Owner with { NotBefore = now.AddMinutes(1) }}");
        yield return ("it names nobody", $"{new TestToken()}");
        yield return ("it names nobody in so many words", $"{new TestToken { Subject = "\"\"" }}");
        yield return ("it names null", $"{new TestToken { Subject = "null" }}");
        yield return ("its subject has 256 characters", $"{new TestToken { Subject = $"\"{new string('가', 256)}\"" }}");
        yield return ("it is none", "garbage");
        yield return ("it is none in three parts", "a.b.c");
        yield return ("it is two", $"{TestToken.Owner},{TestToken.Owner}");
    }

    private static string Told(ApiAnswer answer) =>
        $"{answer.Status} {string.Join(' ', answer.Headers.Where(h => h.Key != "date").OrderBy(h => h.Key, StringComparer.Ordinal))} {answer.Body}";

    private static Task<TestHub> StartAsync(Dictionary<string, string?>? settings = null, TimeProvider? time = null) =>
        TestHub.StartAsync(new(settings ?? []) { ["JWT_SECRET_KEY"] = TestToken.Secret }, time, "Production");
}

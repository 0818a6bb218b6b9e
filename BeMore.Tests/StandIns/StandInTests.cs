using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using BeMore.Access;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace BeMore.Tests;

/// <summary>protocol.md, section 7: in Development, a hub that stands alone answers what the frontend asks another backend before a session.</summary>
public sealed class StandInTests : IAsyncLifetime
{
    private const string Unauthorized = """{"success":false,"error":{"code":"UNAUTHORIZED","message":"로그인이 필요합니다"}}""";
    private const string Invalid = """{"success":false,"error":{"code":"INVALID_REQUEST","message":"요청 형식이 올바르지 않습니다"}}""";
    private const string NotFound = """{"success":false,"error":{"code":"NOT_FOUND","message":"요청하신 항목을 찾을 수 없습니다"}}""";

    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Pulse.Patience };

    private static readonly (string Method, string Path)[] Calls =
    [
        ("POST", "auth/login"), ("POST", "auth/signup"), ("GET", "auth/me"), ("POST", "auth/refresh"), ("POST", "auth/logout"),
        ("GET", "dashboard/summary"), ("GET", "user/preferences"), ("PUT", "user/preferences"),
        ("POST", "session/test_session_123/feedback"),
    ];

    private readonly ObservedTime _time = new();
    private TestHub _hub = null!;

    public async Task InitializeAsync() => _hub = await TestHub.StartAsync(time: _time);

    public async Task DisposeAsync() => await _hub.DisposeAsync();

    [Fact]
    public async Task WhoLogsInIsKnownUntilTheTokenExpiresAndAfterARefreshAgain()
    {
        var login = await LoginAsync(_hub, "Kim.Minji@Example.com");
        var (access, refresh) = Tokens(login);
        (await MeAsync(_hub, access)).Data.GetProperty("user").GetRawText().Should().Be(login.GetProperty("user").GetRawText());

        _time.Advance(TimeSpan.FromHours(1));
        var expired = await MeAsync(_hub, access);
        var (newAccess, newRefresh) = Tokens((await RefreshAsync(_hub, refresh)).Data);

        (expired.Status, expired.Raw).Should().Be((HttpStatusCode.Unauthorized, Unauthorized));
        (await MeAsync(_hub, newAccess)).Data.GetProperty("user").GetRawText().Should().Be(login.GetProperty("user").GetRawText());

        _time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromHours(1));
        (await RefreshAsync(_hub, refresh)).Raw.Should().Be(Unauthorized, "it is 30 days old");
        (await RefreshAsync(_hub, newRefresh)).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task TheSameAddressIsTheSamePersonAndSaysThatItIsAStandIn()
    {
        var user = (await LoginAsync(_hub, "minji@example.com")).GetProperty("user");
        var again = (await LoginAsync(_hub, "  MINJI@example.com ")).GetProperty("user");
        var other = (await LoginAsync(_hub, "jisu@example.com")).GetProperty("user");

        again.GetRawText().Should().Be(user.GetRawText());
        user.GetProperty("email").GetString().Should().Be("minji@example.com");
        user.GetProperty("username").GetString().Should().Be("minji (stand-in login)");
        user.GetProperty("id").GetInt64().Should().BePositive().And.BeLessThan(1L << 53).And.NotBe(other.GetProperty("id").GetInt64());
        user.EnumerateObject().Select(p => p.Name).Should().Equal("id", "username", "email");
    }

    [Fact]
    public async Task WhoSignsUpGetsTheNameThatTheyChoseAndLogsInNext()
    {
        var answer = await AskAsync(_hub, "POST", "auth/signup", """{"username":"민지","email":"minji@example.com","password":"CANARY"}""");

        answer.Status.Should().Be(HttpStatusCode.OK);
        answer.Data.EnumerateObject().Select(p => p.Name).Should().Equal("user");
        answer.Data.GetProperty("user").GetProperty("username").GetString().Should().Be("민지 (stand-in login)");
        (await LoginAsync(_hub, "minji@example.com")).GetProperty("user").GetProperty("id").GetInt64()
            .Should().Be(answer.Data.GetProperty("user").GetProperty("id").GetInt64());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"minji@example.com\"")]
    [InlineData("{\"email\":")]
    [InlineData("""{"email":null,"password":"x"}""")]
    [InlineData("""{"email":"","password":"x"}""")]
    [InlineData("""{"email":"   ","password":"x"}""")]
    [InlineData("""{"email":5,"password":"x"}""")]
    [InlineData("""{"email":"\ud800","password":"x"}""")]
    public async Task WithoutAnAddressNobodyLogsIn(string body)
    {
        foreach (var path in (string[])["auth/login", "auth/signup"])
        {
            var answer = await AskAsync(_hub, "POST", path, body);

            (answer.Status, answer.Raw).Should().Be((HttpStatusCode.BadRequest, Invalid), path);
        }

        _hub.App.Logs.Entries.Should().NotContain(e => e.Level >= LogLevel.Error, "that somebody asks wrongly is no incident");
    }

    [Fact]
    public async Task AnAddressThatNobodyCanHaveIsRefused()
    {
        (await AskAsync(_hub, "POST", "auth/login", $$"""{"email":"{{new string('x', 254)}}"}""")).Status.Should().Be(HttpStatusCode.OK);
        (await AskAsync(_hub, "POST", "auth/login", $$"""{"email":"{{new string('x', 255)}}"}""")).Raw.Should().Be(Invalid);
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("{}", HttpStatusCode.BadRequest)]
    [InlineData("""{"refreshToken":null}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"refreshToken":5}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"refreshToken":""}""", HttpStatusCode.Unauthorized)]
    [InlineData("""{"refreshToken":"x"}""", HttpStatusCode.Unauthorized)]
    [InlineData("""{"refreshToken":"a.b.c"}""", HttpStatusCode.Unauthorized)]
    public async Task WhatIsNoRefreshTokenRefreshesNothing(string body, HttpStatusCode status)
    {
        var answer = await AskAsync(_hub, "POST", "auth/refresh", body);

        (answer.Status, answer.Raw).Should().Be((status, status == HttpStatusCode.BadRequest ? Invalid : Unauthorized));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("minji@example.com")]
    [InlineData("Bearer")]
    [InlineData("Bearer x")]
    [InlineData("Bearer a.b.c")]
    [InlineData("Basic bWluamk6eA==")]
    public async Task WithoutATokenOfOursNobodyIsKnown(string? authorization)
    {
        var answer = await AskAsync(_hub, "GET", "auth/me", authorization: authorization);

        (answer.Status, answer.Raw).Should().Be((HttpStatusCode.Unauthorized, Unauthorized));
    }

    [Fact]
    public async Task ATokenOfAnotherKindKeyOrMakerIsNoneOfOurs()
    {
        var (access, refresh) = Tokens(await LoginAsync(_hub, "minji@example.com"));
        await using var elsewhere = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = "another" }, _time);
        var (foreignAccess, foreignRefresh) = Tokens(await LoginAsync(elsewhere, "minji@example.com"));
        var unsigned = Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""") + "." + access.Split('.')[1] + ".";

        foreach (var token in (string[])[refresh, foreignAccess, unsigned, access[..^4] + "AAAA"])
        {
            (await MeAsync(_hub, token)).Raw.Should().Be(Unauthorized);
        }

        (await RefreshAsync(_hub, access)).Raw.Should().Be(Unauthorized);
        (await RefreshAsync(_hub, foreignRefresh)).Raw.Should().Be(Unauthorized);
    }

    [Fact]
    public async Task TokensOutliveTheProgram()
    {
        var (access, refresh) = Tokens(await LoginAsync(_hub, "minji@example.com"));

        await using var restarted = await TestHub.StartAsync(time: _time);

        (await MeAsync(restarted, access)).Status.Should().Be(HttpStatusCode.OK);
        (await RefreshAsync(restarted, refresh)).Status.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("a secret that is long enough for what is asked of keys")]
    [InlineData("short")]
    public async Task WithASecretTheAccessTokenIsOneOfTheHubsOwnAndTheRefreshTokenIsNot(string secret)
    {
        await using var hub = await TestHub.StartAsync(new() { ["JWT_SECRET_KEY"] = secret }, _time);
        var login = await LoginAsync(hub, "minji@example.com");
        var (access, refresh) = Tokens(login);
        // Who verifies them asks for no more than the key and the algorithm.
        var parameters = new TokenValidationParameters
        {
            IssuerSigningKey = TokenKey.Of(secret),
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidateAudience = false,
            ValidateIssuer = false,
        };

        var result = await new JsonWebTokenHandler().ValidateTokenAsync(access, parameters);

        result.IsValid.Should().BeTrue();
        result.Claims["sub"].Should().Be($"{login.GetProperty("user").GetProperty("id").GetInt64()}");
        result.Claims["email"].Should().Be("minji@example.com");
        result.SecurityToken.ValidTo.Should().BeCloseTo(_time.GetUtcNow().UtcDateTime.AddHours(1), TimeSpan.FromSeconds(1));
        (await new JsonWebTokenHandler().ValidateTokenAsync(refresh, parameters)).IsValid.Should().BeFalse();
        new JsonWebToken(refresh).ValidTo.Should().BeCloseTo(_time.GetUtcNow().UtcDateTime.AddDays(30), TimeSpan.FromSeconds(1));
        (await MeAsync(hub, access)).Status.Should().Be(HttpStatusCode.OK);
        (await RefreshAsync(hub, refresh)).Status.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task TheDashboardIsEmptyAndInventsNothing()
    {
        var (status, raw, data) = await AskAsync(_hub, "GET", "dashboard/summary");

        status.Should().Be(HttpStatusCode.OK);
        data.GetProperty("recommendations").GetArrayLength().Should().Be(0);
        data.GetProperty("recentSessions").GetArrayLength().Should().Be(0);
        data.GetProperty("note").GetString().Should().Contain("stand-in");
        raw.Should().NotMatchRegex("[0-9]", "nothing was measured");
    }

    [Fact]
    public async Task PreferencesStayWithTheBrowser()
    {
        (await AskAsync(_hub, "GET", "user/preferences")).Raw.Should().Be("""{"success":true,"data":{}}""");
        (await AskAsync(_hub, "PUT", "user/preferences", """{"preferences":{"fontScale":"lg"}}""")).Raw.Should().Be("""{"success":true,"data":{}}""");
        (await AskAsync(_hub, "GET", "user/preferences")).Raw.Should().Be("""{"success":true,"data":{}}""");
    }

    [Fact]
    public async Task FeedbackOnASessionIsTakenAndDropped()
    {
        var answer = await AskAsync(_hub, "POST", "session/test_session_123/feedback", """{"rating":4,"note":"CANARY"}""");

        answer.Raw.Should().Be("""{"success":true,"data":{}}""");
        _hub.App.Logs.AllText.Should().NotContain("CANARY");
    }

    [Fact]
    public async Task LogoutSucceeds() => (await AskAsync(_hub, "POST", "auth/logout")).Raw.Should().Be("""{"success":true,"data":{}}""");

    [Fact]
    public async Task WhatTheFrontendAsksBeforeEveryCallIsAnswered()
    {
        const string headers = "authorization,content-type,x-client-version,x-csrf-token,x-device-id,x-request-id,x-timestamp";
        foreach (var (method, path) in Calls)
        {
            using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(_hub.App.Http, $"api/{path}"));
            preflight.Headers.Add("Origin", "http://localhost:5173");
            preflight.Headers.Add("Access-Control-Request-Method", method);
            preflight.Headers.Add("Access-Control-Request-Headers", headers);

            using var answer = await Http.SendAsync(preflight);

            answer.IsSuccessStatusCode.Should().BeTrue(path);
            answer.Headers.GetValues("Access-Control-Allow-Origin").Should().Equal("http://localhost:5173");
            answer.Headers.GetValues("Access-Control-Allow-Headers").Single().Split(',').Should().Contain(headers.Split(','));
            answer.Headers.GetValues("Access-Control-Allow-Methods").Single().Should().Contain(method);
        }
    }

    [Fact]
    public async Task AnswersARefusalTooMayBeReadByTheFrontendsPageAndByNoOther()
    {
        (await OriginsAsync("http://localhost:5173", "auth/me")).Should().Equal("http://localhost:5173");
        (await OriginsAsync("http://localhost:5173", "dashboard/summary")).Should().Equal("http://localhost:5173");
        (await OriginsAsync("http://evil.example", "dashboard/summary")).Should().BeEmpty();

        async Task<IEnumerable<string>> OriginsAsync(string origin, string path)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_hub.App.Http, $"api/{path}"));
            request.Headers.Add("Origin", origin);
            using var answer = await Http.SendAsync(request);
            return answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) ? allowed : [];
        }
    }

    [Fact]
    public async Task InProductionThereAreNone()
    {
        await using var hub = await TestHub.StartAsync(environment: "Production");

        foreach (var (method, path) in Calls)
        {
            var answer = await AskAsync(hub, method, path, method == "GET" ? null : """{"email":"minji@example.com","password":"x","refreshToken":"x"}""");

            (answer.Status, answer.Raw).Should().Be((HttpStatusCode.NotFound, NotFound), path);
        }

        hub.App.Logs.Named("StandInsAnswer").Should().BeEmpty();
    }

    [Fact]
    public async Task WithABackendThereAreNone()
    {
        await using var hub = await TestHub.StartAsync(new() { ["BACKEND_URL"] = "http://127.0.0.1:9" });

        foreach (var (method, path) in Calls)
        {
            var answer = await AskAsync(hub, method, path, method == "GET" ? null : """{"email":"minji@example.com","password":"x"}""");

            answer.Status.Should().NotBe(HttpStatusCode.OK, path);
        }

        hub.App.Logs.Named("StandInsAnswer").Should().BeEmpty();
    }

    [Fact]
    public async Task WhatTheyDoNotStandInForIsNotThere()
    {
        (await AskAsync(_hub, "GET", "auth/login")).Raw.Should().Be(NotFound);
        (await AskAsync(_hub, "PUT", "auth/profile", "{}")).Raw.Should().Be(NotFound);
        (await AskAsync(_hub, "POST", "emotion", "{}")).Raw.Should().Be(NotFound);
    }

    [Fact]
    public async Task TheLogSaysOnceThatTheyAreThereAndNeverWhoCame()
    {
        var (access, refresh) = Tokens(await LoginAsync(_hub, "CANARY-name@example.com"));
        await AskAsync(_hub, "POST", "auth/signup", """{"username":"CANARY-name","email":"CANARY-name@example.com","password":"CANARY-password"}""");
        await AskAsync(_hub, "POST", "auth/login", """{"email":"CANARY-name","password":"CANARY-password",}""");
        await MeAsync(_hub, access);
        await MeAsync(_hub, refresh);
        await RefreshAsync(_hub, refresh);
        await RefreshAsync(_hub, access);

        await _hub.App.StopAsync();

        _hub.App.Logs.Named("StandInsAnswer").Should().ContainSingle().Which.Level.Should().Be(LogLevel.Warning);
        _hub.App.Logs.AllText.Should().NotContainEquivalentOf("canary").And.NotContain("example.com").And.NotContain(access).And.NotContain(refresh);
    }

    private static async Task<JsonElement> LoginAsync(TestHub hub, string email)
    {
        var answer = await AskAsync(hub, "POST", "auth/login", WireJson.Serialize(new { email, password = "CANARY-password" }));
        answer.Status.Should().Be(HttpStatusCode.OK);
        return answer.Data;
    }

    private static (string Access, string Refresh) Tokens(JsonElement data) =>
        (data.GetProperty("accessToken").GetString()!, data.GetProperty("refreshToken").GetString()!);

    private static Task<Answer> MeAsync(TestHub hub, string token) => AskAsync(hub, "GET", "auth/me", authorization: $"Bearer {token}");

    private static Task<Answer> RefreshAsync(TestHub hub, string token) =>
        AskAsync(hub, "POST", "auth/refresh", WireJson.Serialize(new { refreshToken = token }));

    private static async Task<Answer> AskAsync(TestHub hub, string method, string path, string? body = null, string? authorization = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(hub.App.Http, $"api/{path}"));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var answer = await Http.SendAsync(request);
        var raw = await answer.Content.ReadAsStringAsync();
        using var json = raw.StartsWith('{') ? JsonDocument.Parse(raw) : null;
        var data = json is not null && json.RootElement.TryGetProperty("data", out var value) ? value.Clone() : default;
        return new Answer(answer.StatusCode, raw, data);
    }

    /// <param name="Data">The envelope's; of kind Undefined where there is none.</param>
    private sealed record Answer(HttpStatusCode Status, string Raw, JsonElement Data);
}

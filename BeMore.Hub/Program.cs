using BeMore.Access;
using BeMore.AnalysisSockets;
using BeMore.Cluster;
using BeMore.Configuration;
using BeMore.Contract;
using BeMore.Counselling;
using BeMore.Data;
using BeMore.Forwarding;
using BeMore.Gemini;
using BeMore.HttpApi;
using BeMore.Keeping;
using BeMore.Operations;
using BeMore.Page;
using BeMore.RawSocket;
using BeMore.Retention;
using BeMore.Safety;
using BeMore.Sessions;
using BeMore.StandIns;
using BeMore.Telemetry;

try
{
    if (args is ["safety-eval", var phrases])
    {
        // Before anything else is configured: it needs nothing but its file, and the rules, which may be the deployment's own.
        var environment = new Settings(new ConfigurationBuilder().AddEnvironmentVariables().Build(), isDevelopment: false);
        return Evaluation.Run(RiskDetector.Read(environment), phrases, Console.OpenStandardOutput(), Console.Error);
    }

    if (args is ["safety-learn", var labelled, var likeness])
    {
        return LearnCommand.Run(labelled, likeness, Console.Error);
    }

    // appsettings.json lies beside the program, wherever it is started from; .env lies where it is started.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.Configuration.AddDotEnvFile();
    var settings = new Settings(builder.Configuration, builder.Environment.IsDevelopment());
    var database = DatabaseSettings.Read(settings);
    var forwarding = ForwardingOptions.Read(settings);
    var telemetry = TelemetryOptions.Read(settings);
    var page = PageOptions.Read(settings, forwarding);
    var contract = ContractOptions.Read(settings, forwarding);
    if (args is ["migrate"])
    {
        await Database.MigrateAsync(database);
        return 0;
    }

    InlineSockets.Use(database);
    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddSingleton(database);
    builder.Services.AddBeMoreData(database.ConnectionString, database.SqliteFile);
    builder.Services.AddKeeping(KeepingOptions.Read(settings));
    builder.Services.AddSessions(SessionPolicy.Read(settings));
    builder.Services.AddAccess(AccessOptions.Read(settings));
    builder.Services.AddCounsellorModel(GeminiOptions.Read(settings));
    builder.Services.AddSafety(settings);
    builder.Services.AddCounselling(TurnOptions.Read(settings));
    builder.Services.AddRawSocket();
    builder.Services.AddRetention(RetentionOptions.Read(settings, forwarding));
    builder.Services.AddForwarding(forwarding);
    builder.Services.AddCluster(ClusterOptions.Read(settings));
    builder.Services.AddOperations();
    builder.Services.AddTelemetry(telemetry);
    builder.ListenOnPorts(settings, telemetry);

    await using var app = builder.Build();
    await app.PrepareAsync(settings);

    app.UseMetricsDoor();
    app.UseApiErrors();
    app.UseForwardedHeaders();
    app.UseWebSockets();
    app.UseHeardSockets("/hubs/counselling");
    app.UseOriginCheck(page);
    app.UseCors();
    app.UseStoppingCheck("/hubs/counselling");
    app.UseAuthentication();
    app.UseAuthorization();

    app.MapRawSocket();
    app.MapHub<CounsellingHub>("/hubs/counselling").RequireCors(AllowedPages.Policy).NeedsToken(app);
    app.MapHealth();
    app.MapTalkPage(page);
    app.MapContract(contract);
    if (forwarding.Backend is null)
    {
        app.MapSessions();
        app.MapAnalysisSockets();
        app.MapStandIns(settings);
        app.MapUnknownCalls();
    }
    else
    {
        app.MapForwarding();
    }

    await app.RunAsync();
    return 0;
}
catch (ConfigurationException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 78; // EX_CONFIG of sysexits.h: starting it again changes nothing.
}

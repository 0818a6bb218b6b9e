using BeMore.Access;
using BeMore.AnalysisSockets;
using BeMore.Configuration;
using BeMore.Counselling;
using BeMore.Data;
using BeMore.Gemini;
using BeMore.HttpApi;
using BeMore.Operations;
using BeMore.RawSocket;
using BeMore.Sessions;
using BeMore.StandIns;

try
{
    // appsettings.json lies beside the program, wherever it is started from; .env lies where it is started.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.Configuration.AddDotEnvFile();
    var settings = new Settings(builder.Configuration, builder.Environment.IsDevelopment());
    var database = DatabaseSettings.Read(settings);
    if (args is ["migrate"])
    {
        await Database.MigrateAsync(database);
        return 0;
    }

    builder.Services.AddSingleton(TimeProvider.System);
    builder.Services.AddSingleton(database);
    builder.Services.AddBeMoreData(database.ConnectionString, database.SqliteFile);
    builder.Services.AddSessions(SessionPolicy.Read(settings));
    builder.Services.AddAccess(AccessOptions.Read(settings));
    builder.Services.AddCounsellorModel(GeminiOptions.Read(settings));
    builder.Services.AddCounselling(TurnOptions.Read(settings));
    builder.Services.AddOperations();
    builder.ListenOnPort(settings);

    await using var app = builder.Build();
    await app.PrepareAsync(settings);

    app.UseApiErrors();
    app.UseWebSockets();
    app.UseOriginCheck();
    app.UseCors();
    app.UseAuthentication();
    app.UseAuthorization();

    app.MapRawSocket();
    app.MapHub<CounsellingHub>("/hubs/counselling").RequireCors(AllowedPages.Policy).NeedsToken(app);
    app.MapSessions();
    app.MapAnalysisSockets(settings);
    app.MapHealth();
    app.MapStandIns(settings);
    app.MapUnknownCalls();

    await app.RunAsync();
    return 0;
}
catch (ConfigurationException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 78; // EX_CONFIG of sysexits.h: starting it again changes nothing.
}

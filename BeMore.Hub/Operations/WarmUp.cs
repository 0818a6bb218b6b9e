using BeMore.Data;
using BeMore.Safety;

namespace BeMore.Operations;

/// <summary>
/// Makes the first person's first turn as fast as the second's: the database's connection, its model and the queries are made ready
/// before anybody speaks, and so are the rules of safety. A database that is away delays nothing and stops nothing.
/// </summary>
internal sealed class WarmUp(SessionStore sessions, ConversationStore conversations, RiskDetector detector, ILogger<WarmUp> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var rules = Task.Run(detector.Prepare, stoppingToken);
        try
        {
            // No session has an empty id.
            await sessions.FindAsync("", stoppingToken);
            await conversations.FindAsync("", stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        catch (Exception e) when (DatabaseErrors.IsTableMissing(e))
        {
            logger.TablesMissing();
        }
        catch (Exception e)
        {
            logger.DatabaseAway(e);
        }

        await rules;
    }
}

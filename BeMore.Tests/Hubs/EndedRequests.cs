using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace BeMore.Tests;

/// <summary>Says when the hub is done with a request, of which a WebSocket is one: what became of it can be looked at then, without asking again and again.</summary>
internal sealed class EndedRequests : IStartupFilter
{
    private readonly Pulse _ended = new();

    public Task UntilAsync(Func<bool> condition, Func<string> missing) => _ended.UntilAsync(condition, missing);

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, inner) =>
        {
            try
            {
                await inner(context);
            }
            finally
            {
                _ended.Beat();
            }
        });
        next(app);
    };
}

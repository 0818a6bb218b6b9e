using BeMore.Access;
using BeMore.Telemetry;

namespace BeMore.Contract;

internal static class ContractEndpoints
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary><c>/openapi.json</c> and <c>/asyncapi.json</c>: the contract as tools read it, as far as it is kept here.</summary>
    public static void MapContract(this WebApplication app, ContractOptions options)
    {
        if (!options.IsServed)
        {
            return;
        }

        // When it is asked for: by then everything is mapped.
        var routes = new Lazy<ServedRoutes>(() =>
            new(app.Services.GetRequiredService<EndpointDataSource>(), app.Services.GetRequiredService<TelemetryOptions>()));
        app.MapDocument("/openapi.json", new(() => ContractDocument.OpenApi(routes.Value)));
        app.MapDocument("/asyncapi.json", new(() => ContractDocument.AsyncApi(routes.Value)));
        app.Logger.ContractServed();
    }

    private static void MapDocument(this IEndpointRouteBuilder app, string path, Lazy<ContractDocument> document) =>
        app.MapMethods(path, Methods, http =>
        {
            // Kept, and asked for every time whether it is still the same: the next version has another.
            http.Response.Headers.CacheControl = "no-cache";
            return Results.Bytes(document.Value.Content, "application/json; charset=utf-8", entityTag: document.Value.Tag).ExecuteAsync(http);
        }).RequireCors(AllowedPages.Policy);
}

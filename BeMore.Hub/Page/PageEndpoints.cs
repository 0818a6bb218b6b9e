using BeMore.Safety;

namespace BeMore.Page;

internal static class PageEndpoints
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// The page at <c>/</c>, what it is made of under <c>/talk-page</c>. Each file by its name and nothing else, so that no more of
    /// another backend is hidden than that.
    /// </summary>
    public static void MapTalkPage(this WebApplication app, PageOptions options)
    {
        if (!options.IsServed)
        {
            return;
        }

        foreach (var file in PageFile.All(app.Services.GetRequiredService<HelpLines>()))
        {
            var tag = file.Tag;
            app.MapMethods(file.Path == PageFile.Index ? "/" : $"/talk-page/{file.Path}", Methods, http =>
            {
                PageHeaders.WriteTo(http.Response.Headers);
                return Results.Bytes(file.Content, file.ContentType, entityTag: tag).ExecuteAsync(http);
            });
        }

        app.Logger.TalkPageServed();
    }
}

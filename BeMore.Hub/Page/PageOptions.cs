using BeMore.Configuration;
using BeMore.Forwarding;

namespace BeMore.Page;

/// <param name="IsServed">
/// <c>TALK_PAGE</c>: the page to talk to the counsellor is at <c>/</c>. Unless it is set: in Development, where no other backend
/// stands behind whose own page that is.
/// </param>
internal sealed record PageOptions(bool IsServed)
{
    public static PageOptions Read(Settings settings, ForwardingOptions forwarding) => settings.Text("TALK_PAGE") switch
    {
        null => new PageOptions(settings.IsDevelopment && forwarding.Backend is null),
        "true" => new PageOptions(true),
        "false" => new PageOptions(false),
        var other => throw Settings.Wrong("TALK_PAGE", other, "true or false"),
    };
}

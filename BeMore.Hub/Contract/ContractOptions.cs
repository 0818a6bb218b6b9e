using BeMore.Configuration;
using BeMore.Forwarding;

namespace BeMore.Contract;

/// <param name="IsServed">
/// <c>API_DOCUMENTS</c>: what tools read of the contract is at <c>/openapi.json</c> and <c>/asyncapi.json</c>. Unless it is set: in
/// Development, where no other backend stands behind, which may have documents of its own there.
/// </param>
internal sealed record ContractOptions(bool IsServed)
{
    public static ContractOptions Read(Settings settings, ForwardingOptions forwarding) => settings.Text("API_DOCUMENTS") switch
    {
        null => new ContractOptions(settings.IsDevelopment && forwarding.Backend is null),
        "true" => new ContractOptions(true),
        "false" => new ContractOptions(false),
        var other => throw Settings.Wrong("API_DOCUMENTS", other, "true or false"),
    };
}

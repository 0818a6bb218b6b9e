using System.Net;
using System.Net.Sockets;
using BeMore.Configuration;

namespace BeMore.Forwarding;

/// <summary>
/// The machines whose <c>X-Forwarded-*</c> headers are believed. Whoever else sends some only says something about himself.
/// </summary>
internal static class TrustedProxies
{
    private const string Name = "TRUSTED_PROXIES";

    public static readonly IReadOnlyList<IPNetwork> ThisMachine = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    public static IReadOnlyList<IPNetwork> Read(Settings settings) =>
        settings.Text(Name) is { } list
            ? [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)]
            : ThisMachine;

    private static IPNetwork Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (IsAddress(slash < 0 ? text : text[..slash], out var address))
        {
            if (slash < 0)
            {
                return new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
            }

            if (IPNetwork.TryParse(text, out var network))
            {
                return network;
            }
        }

        throw Settings.Wrong(Name, text, "addresses or networks separated by commas, each like 10.1.2.3 or 10.0.0.0/8");
    }

    // The library also reads "10" as 0.0.0.10 and 010.1.1.1 as octal: who writes that means something else.
    private static bool IsAddress(string text, out IPAddress address) =>
        IPAddress.TryParse(text, out address!)
        && (address.AddressFamily == AddressFamily.InterNetwork
            ? address.ToString() == text
            : text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.'));
}

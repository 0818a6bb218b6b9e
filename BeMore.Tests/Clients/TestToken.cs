using System.Security.Cryptography;
using System.Text;

namespace BeMore.Tests;

/// <summary>A token as another backend issues it, made by hand: what the hub's own library thinks of it is what is tested. Change it with <c>with</c>.</summary>
internal sealed record TestToken
{
    /// <summary>What JWT_SECRET_KEY is set to.</summary>
    public const string Secret = "the secret of the tests, of more than thirty-two bytes";

    public static readonly TestToken Owner = new() { Subject = "\"owner\"" };
    public static readonly TestToken Other = new() { Subject = "\"other\"" };

    /// <summary>As JSON; null: none.</summary>
    public string? Subject { get; init; }

    /// <summary>Null: none.</summary>
    public DateTimeOffset? Expires { get; init; } = DateTimeOffset.UtcNow.AddHours(1);

    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>HS256, HS384, HS512, or none, which has an empty signature.</summary>
    public string Algorithm { get; init; } = "HS256";

    /// <summary>What it is signed with.</summary>
    public string Key { get; init; } = Secret;

    /// <summary>What is written over the subject when it has been signed.</summary>
    public string? TamperedSubject { get; init; }

    public override string ToString()
    {
        var header = Encode($$"""{"alg":"{{Algorithm}}","typ":"JWT"}""");
        var signature = Sign(Encoding.ASCII.GetBytes($"{header}.{Payload(Subject)}"));
        return $"{header}.{Payload(TamperedSubject ?? Subject)}.{Encode(signature)}";
    }

    private string Payload(string? subject) => Encode("{" + string.Join(',', new[]
    {
        subject is null ? null : $"\"sub\":{subject}",
        Expires is null ? null : $"\"exp\":{Expires.Value.ToUnixTimeSeconds()}",
        NotBefore is null ? null : $"\"nbf\":{NotBefore.Value.ToUnixTimeSeconds()}",
    }.OfType<string>()) + "}");

    private byte[] Sign(byte[] text)
    {
        var key = Encoding.UTF8.GetBytes(Key);
        return Algorithm switch
        {
            "HS256" => HMACSHA256.HashData(key, text),
            "HS384" => HMACSHA384.HashData(key, text),
            "HS512" => HMACSHA512.HashData(key, text),
            _ => [],
        };
    }

    private static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}

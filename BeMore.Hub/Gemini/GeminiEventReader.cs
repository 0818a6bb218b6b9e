using System.Text.Json;

namespace BeMore.Gemini;

/// <summary>
/// Reads the events of an answer. Every few words come in one, with much round them: the serialiser needed 2 KiB for each, more than a
/// quarter of all that a hub allocated under load (docs/performance.md). What is rare, errors and blocked prompts, is left to it.
/// </summary>
internal static class GeminiEventReader
{
    /// <param name="data">One event, as JSON.</param>
    /// <param name="model">Whom was asked: most say that they are that one.</param>
    /// <exception cref="JsonException">It is no event.</exception>
    public static GenerateContentResponse Read(ReadOnlySpan<byte> data, string model)
    {
        try
        {
            return ReadUsual(data, model) ?? JsonSerializer.Deserialize(data, GeminiJson.Wire.GenerateContentResponse) ?? throw new JsonException();
        }
        catch (InvalidOperationException e)
        {
            // Of another kind than Google's, or text that is none, as in "\ud800".
            throw new JsonException(null, e);
        }
    }

    /// <summary>Null if it is an unusual one.</summary>
    private static GenerateContentResponse? ReadUsual(ReadOnlySpan<byte> data, string model)
    {
        var json = new Utf8JsonReader(data);
        var read = new GenerateContentResponse();
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (NextProperty(ref json))
        {
            if (json.ValueTextEquals("candidates"u8))
            {
                read.Candidates = ReadCandidates(ref json);
            }
            else if (json.ValueTextEquals("usageMetadata"u8))
            {
                read.UsageMetadata = ReadUsage(ref json);
            }
            else if (json.ValueTextEquals("modelVersion"u8))
            {
                read.ModelVersion = ReadText(ref json, model);
            }
            else if (json.ValueTextEquals("error"u8) || json.ValueTextEquals("promptFeedback"u8))
            {
                return null;
            }
            else
            {
                json.Skip();
            }
        }

        // Finds what stands behind it, which is no JSON.
        json.Read();
        return read;
    }

    /// <summary>The first: there is one, unless more are asked for.</summary>
    private static List<Candidate>? ReadCandidates(ref Utf8JsonReader json)
    {
        if (!Enter(ref json, JsonTokenType.StartArray))
        {
            return null;
        }

        Candidate? first = null;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (first is null)
            {
                first = ReadCandidate(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return first is null ? [] : [first];
    }

    private static Candidate ReadCandidate(ref Utf8JsonReader json)
    {
        var candidate = new Candidate();
        Require(json, JsonTokenType.StartObject);
        while (NextProperty(ref json))
        {
            if (json.ValueTextEquals("content"u8))
            {
                candidate.Content = ReadContent(ref json);
            }
            else if (json.ValueTextEquals("finishReason"u8))
            {
                candidate.FinishReason = ReadText(ref json, "STOP");
            }
            else
            {
                json.Skip();
            }
        }

        return candidate;
    }

    private static Content? ReadContent(ref Utf8JsonReader json)
    {
        if (!Enter(ref json, JsonTokenType.StartObject))
        {
            return null;
        }

        var content = new Content();
        while (NextProperty(ref json))
        {
            if (json.ValueTextEquals("parts"u8) && Enter(ref json, JsonTokenType.StartArray))
            {
                content.Parts = new List<Part>(1);
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    content.Parts.Add(ReadPart(ref json));
                }
            }
            else
            {
                json.Skip();
            }
        }

        return content;
    }

    private static Part ReadPart(ref Utf8JsonReader json)
    {
        var part = new Part();
        Require(json, JsonTokenType.StartObject);
        while (NextProperty(ref json))
        {
            if (json.ValueTextEquals("text"u8))
            {
                part.Text = ReadText(ref json, "");
            }
            else if (json.ValueTextEquals("thought"u8))
            {
                json.Read();
                part.Thought = json.TokenType == JsonTokenType.Null ? null : json.GetBoolean();
            }
            else
            {
                json.Skip();
            }
        }

        return part;
    }

    private static UsageMetadata? ReadUsage(ref Utf8JsonReader json)
    {
        if (!Enter(ref json, JsonTokenType.StartObject))
        {
            return null;
        }

        var usage = new UsageMetadata();
        while (NextProperty(ref json))
        {
            if (json.ValueTextEquals("promptTokenCount"u8))
            {
                usage.PromptTokenCount = ReadCount(ref json);
            }
            else if (json.ValueTextEquals("candidatesTokenCount"u8))
            {
                usage.CandidatesTokenCount = ReadCount(ref json);
            }
            else if (json.ValueTextEquals("thoughtsTokenCount"u8))
            {
                usage.ThoughtsTokenCount = ReadCount(ref json);
            }
            else if (json.ValueTextEquals("totalTokenCount"u8))
            {
                usage.TotalTokenCount = ReadCount(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return usage;
    }

    /// <param name="json">Stands before it.</param>
    /// <param name="expected">What it most likely is.</param>
    private static string? ReadText(ref Utf8JsonReader json, string expected)
    {
        json.Read();
        return json.TokenType == JsonTokenType.String && json.ValueTextEquals(expected) ? expected : json.GetString();
    }

    private static int? ReadCount(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Null ? null : json.TryGetInt32(out var count) ? count : throw new JsonException();
    }

    private static bool NextProperty(ref Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.PropertyName;

    /// <summary>False: the value is null.</summary>
    private static bool Enter(ref Utf8JsonReader json, JsonTokenType start)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        Require(json, start);
        return true;
    }

    private static void Require(in Utf8JsonReader json, JsonTokenType token)
    {
        if (json.TokenType != token)
        {
            throw new JsonException();
        }
    }
}

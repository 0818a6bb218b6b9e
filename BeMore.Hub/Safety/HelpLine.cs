namespace BeMore.Safety;

/// <summary>Where help is.</summary>
/// <param name="Id">What texts call it by: <c>{suicide}</c>.</param>
/// <param name="Name">In Korean.</param>
/// <param name="Number">As it is dialled and shown.</param>
/// <param name="Spoken">As it is read aloud.</param>
/// <param name="Hours">When somebody answers, so that a sentence can go on with it: 24시간.</param>
/// <param name="Written">How one can write there instead of calling, as a sentence says it: 문자로도. Null: not at all.</param>
/// <param name="Source">Who says so.</param>
/// <param name="Checked">When that was looked up last.</param>
internal sealed record HelpLine(string Id, string Name, string Number, string Spoken, string Hours, string? Written, string Source, DateOnly Checked)
{
    /// <summary>What a text may ask of a line by <c>{id.member}</c>.</summary>
    public static readonly IReadOnlyList<string> Members = ["name", "number", "spoken", "hours", "written"];

    /// <summary>For the eye and for the ear.</summary>
    public string InWords => $"{Name} {Number}({Spoken})";

    /// <param name="member">One of <see cref="Members"/>; empty: name and number.</param>
    /// <returns>Null where the line says nothing of it.</returns>
    public string? Say(string member) => member switch
    {
        "" => InWords,
        "name" => Name,
        "number" => Number,
        "spoken" => Spoken,
        "hours" => Hours,
        "written" => Written,
        _ => throw new ArgumentOutOfRangeException(nameof(member), member, null),
    };
}

namespace BeMore.Safety;

/// <summary>Where help is.</summary>
/// <param name="Id">What texts call it by: <c>{suicide}</c>.</param>
/// <param name="Name">In Korean.</param>
/// <param name="Number">As it is dialled and shown.</param>
/// <param name="Spoken">As it is read aloud.</param>
/// <param name="Hours">When somebody answers.</param>
/// <param name="Source">Who says so.</param>
/// <param name="Checked">When that was looked up last.</param>
internal sealed record HelpLine(string Id, string Name, string Number, string Spoken, string Hours, string Source, DateOnly Checked)
{
    /// <summary>For the eye and for the ear.</summary>
    public string InWords => $"{Name} {Number}({Spoken})";
}

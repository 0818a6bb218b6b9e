namespace BeMore.Tests;

/// <summary>The tests of the page, one after the other: each has a browser's window to itself, and the machine is not theirs alone.</summary>
[CollectionDefinition(Name)]
public sealed class PageWindow
{
    public const string Name = "the page";
}

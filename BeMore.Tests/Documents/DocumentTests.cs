using System.Text.RegularExpressions;

namespace BeMore.Tests;

/// <summary>What the pages say of the repository is so.</summary>
public sealed partial class DocumentTests
{
    // The README's sections of the second level that tests read, counted from 0.
    private const int Configuration = 2;
    private const int Promises = 4;
    private const int Places = 6;

    public static TheoryData<string> Readmes => ["README.md", "README.ko.md"];

    public static TheoryData<string> Pages =>
        [.. Readmes, .. Directory.GetFiles(RepositoryRoot.Combine("docs"), "*.md").Select(page => $"docs/{Path.GetFileName(page)}")];

    [Theory]
    [MemberData(nameof(Readmes))]
    public void TheClientsAreShownAsTheyAre(string readme)
    {
        var shown = new Document(readme).Blocks.Where(block => block.Language is "html" or "js" or "csharp" or "python").Select(block => block.Text);

        shown.Should().Equal(((string[])["browser.html", "node.mjs", "client.cs", "client.py"]).Select(ExampleClient.Text));
    }

    [Fact]
    public void BothLanguagesSayTheSame()
    {
        var (english, korean) = (new Document("README.md"), new Document("README.ko.md"));

        korean.Blocks.Should().Equal(english.Blocks);
        korean.Headings.Select(Level).Should().Equal(english.Headings.Select(Level));
        korean.Links.Where(IsNoReadme).Should().BeEquivalentTo(english.Links.Where(IsNoReadme));
        // Names of files, settings, tests and commands, and how often each is said.
        Document.Words(korean.Prose).Should().BeEquivalentTo(Document.Words(english.Prose));

        static int Level(string heading) => heading.IndexOf(' ', StringComparison.Ordinal);
        static bool IsNoReadme(string link) => !link.StartsWith("README", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Readmes))]
    public void EveryPromiseIsHeldByTestsThatExist(string readme)
    {
        var promises = new Document(readme).RowsOfSection(Promises);
        var tests = typeof(DocumentTests).Assembly.GetTypes().Where(HasTests).Select(type => type.Name).ToHashSet();

        promises.Should().HaveCountGreaterThan(10).And.OnlyContain(row => Document.Words(row[1]).Count > 0);
        promises.SelectMany(row => Document.Words(row[1])).Should().BeSubsetOf(tests);

        static bool HasTests(Type type) => type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute), inherit: true));
    }

    [Fact]
    public void EveryFolderIsNamed()
    {
        var named = new Document("README.md").RowsOfSection(Places).SelectMany(row => Document.Words(row[0])).Select(word => word.Replace("BeMore.Hub/", ""));

        var projects = Project().Matches(File.ReadAllText(RepositoryRoot.Combine("BeMore.sln"))).Select(project => project.Groups["name"].Value);
        var folders = Directory.GetDirectories(RepositoryRoot.Combine("BeMore.Hub")).Select(folder => Path.GetFileName(folder)!);
        named.Should().BeEquivalentTo(projects.Except(["BeMore.Hub"]).Concat(folders.Except(["bin", "obj", "Properties"])));
    }

    [Fact]
    public void EverySettingIsDocumented()
    {
        var documented = new Document("docs/configuration.md").Rows.SelectMany(row => Document.Words(row[0])).ToList();

        documented.Except(["OTEL_EXPORTER_OTLP_ENDPOINT"]).Should().BeEquivalentTo(MachineSettings.Names.Where(IsTheHubsOwn));
        new Document("README.md").RowsOfSection(Configuration).SelectMany(row => Document.Words(row[0])).Should().NotBeEmpty().And.BeSubsetOf(documented);
        Variable().Matches(File.ReadAllText(RepositoryRoot.Combine(".env.example"))).Select(line => line.Groups["name"].Value)
            .Should().BeSubsetOf([.. documented, "POSTGRES_PASSWORD"]);

        static bool IsTheHubsOwn(string name) => !ForeignSetting().IsMatch(name);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void EveryLinkLeadsSomewhere(string page)
    {
        var document = new Document(page);
        var folder = page.Contains('/', StringComparison.Ordinal) ? "docs/" : "";
        foreach (var link in document.Links.Where(link => !link.Contains("://", StringComparison.Ordinal)))
        {
            var parts = link.Split('#');
            var target = parts[0].Length == 0 ? page : Path.GetRelativePath("/", Path.GetFullPath($"/{folder}{parts[0]}"));
            var place = RepositoryRoot.Combine(target.Split('/'));
            (File.Exists(place) || Directory.Exists(place)).Should().BeTrue("{0} leads to {1}", page, link);
            if (parts.Length > 1)
            {
                new Document(target).Headings.Select(Document.Anchor).Should().Contain(parts[1], "{0} leads to {1}", page, link);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Readmes))]
    public void ItsCommandsNameWhatIsThere(string readme)
    {
        var commands = new Document(readme).Blocks.Where(block => block.Language == "sh").SelectMany(block => block.Text.Split('\n'));

        var files = commands.SelectMany(line => RepositoryPath().Matches(line)).Select(path => path.Value).ToList();
        files.Should().Contain([".ci/test", "BeMore.Hub", "Migrations", ".env.example"]);
        files.Should().OnlyContain(path => Path.Exists(RepositoryRoot.Combine(path.Split('/'))));
    }

    [Fact]
    public void TheArchitectureNamesFilesThatExist()
    {
        var text = File.ReadAllText(RepositoryRoot.Combine("docs", "architecture.md"));

        var files = SourceFile().Matches(text).Select(file => file.Value).Distinct().ToList();
        files.Should().HaveCountGreaterThan(30);
        files.Where(file => !Exists("BeMore.Hub", file) && !Exists(file)).Should().BeEmpty();

        static bool Exists(params string[] path) => File.Exists(RepositoryRoot.Combine([.. path.SelectMany(part => part.Split('/'))]));
    }

    [GeneratedRegex(@"\w[\w./]*\.(cs|json)\b")]
    private static partial Regex SourceFile();

    [GeneratedRegex("^Project\\([^)]*\\) = \"(?<name>[^\"]+)\", \"[^\"]+\\.csproj\"", RegexOptions.Multiline)]
    private static partial Regex Project();

    [GeneratedRegex("^(# )?(?<name>[A-Z][A-Z_]+)=", RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex("^(ASPNETCORE_|DOTNET_|OTEL_|URLS$)")]
    private static partial Regex ForeignSetting();

    [GeneratedRegex(@"(?<=\s)(\.ci/\S+|\.env\.example|BeMore\.Hub|Migrations)(?=\s|$)")]
    private static partial Regex RepositoryPath();
}

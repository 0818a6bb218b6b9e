using System.Text.RegularExpressions;

namespace BeMore.Tests;

/// <summary>Compose files, blueprint and image say the same as the hub does, and start things in an order in which each finds what it needs.</summary>
public sealed partial class DeploymentFilesTests
{
    public static TheoryData<string> ComposeFiles => ["docker-compose.yml", "docker-compose.scale.yml"];

    [Theory]
    [InlineData("docker-compose.yml", "migrate", "postgres service_healthy")]
    [InlineData("docker-compose.yml", "hub", "migrate service_completed_successfully")]
    [InlineData("docker-compose.scale.yml", "migrate", "postgres service_healthy")]
    [InlineData("docker-compose.scale.yml", "hub1", "migrate service_completed_successfully", "redis service_healthy")]
    [InlineData("docker-compose.scale.yml", "hub2", "migrate service_completed_successfully", "redis service_healthy")]
    [InlineData("docker-compose.scale.yml", "nginx", "hub1 service_healthy", "hub2 service_healthy")]
    public void EachServiceWaitsForWhatItNeeds(string file, string service, params string[] waits)
    {
        var services = DeploymentFiles.Read(file)["services"];
        var needs = services[service]["depends_on"];

        needs.Keys.Select(name => $"{name} {needs[name]["condition"].Word}").Should().Equal(waits);
    }

    [Theory]
    [MemberData(nameof(ComposeFiles))]
    public void WhoIsWaitedForCanSayThatItIsWell(string file)
    {
        var services = DeploymentFiles.Read(file)["services"];
        var waits = services.Keys.SelectMany(s => services[s]["depends_on"].Keys.Select(on => (On: on, How: services[s]["depends_on"][on]["condition"].Word))).ToList();

        waits.Should().NotBeEmpty();
        foreach (var (on, how) in waits)
        {
            if (how == "service_completed_successfully")
            {
                services[on]["restart"].Word.Should().Be("no", "{0} would be started again, and never be done", on);
            }
            else
            {
                (services[on]["healthcheck"].Exists || services[on]["build"].Exists).Should().BeTrue("{0} has a check, or the Dockerfile's", on);
            }
        }
    }

    [Fact]
    public void TheImageHasWhatItsHealthCheckAndTheMigrationCall()
    {
        var dockerfile = DeploymentFiles.Text("Dockerfile");

        var check = HealthCheck().Match(dockerfile);
        check.Groups["program"].Value.Should().Be("curl");
        check.Groups["path"].Value.Should().Be("/health/live");
        dockerfile.Should().MatchRegex(@"apt-get install [^&]*\bcurl\b");
        dockerfile.Should().Contain("""ENTRYPOINT ["dotnet", "BeMore.Hub.dll"]""");
        foreach (var file in (string[])["docker-compose.yml", "docker-compose.scale.yml"])
        {
            DeploymentFiles.Read(file)["services"]["migrate"]["command"].Items.Select(i => i.Word).Should().Equal("migrate");
        }
    }

    [Fact]
    public void TheBlueprintIsOfThisImageWithItsMigrationAndItsCheck()
    {
        var blueprint = DeploymentFiles.Read("render.yaml");
        var hub = blueprint["services"].Items.Should().ContainSingle().Subject;

        (hub["type"].Word, hub["runtime"].Word).Should().Be(("web", "docker"));
        File.Exists(RepositoryRoot.Combine(hub["dockerfilePath"].Word!)).Should().BeTrue();
        hub["preDeployCommand"].Word.Should().Be("dotnet BeMore.Hub.dll migrate");
        hub["healthCheckPath"].Word.Should().Be("/health/live", "a hub is not made well by restarting it while its database is away");
        hub["maxShutdownDelaySeconds"].Word.Should().Be("30");
        var database = hub["envVars"].Items.Single(v => v["key"].Word == "DATABASE_URL")["fromDatabase"];
        blueprint["databases"].Items.Select(d => d["name"].Word).Should().Equal(database["name"].Word);
        database["property"].Word.Should().Be("connectionString");
    }

    [Fact]
    public void NoSecretIsWrittenIntoTheBlueprint()
    {
        var variables = DeploymentFiles.Read("render.yaml")["services"].Items.Single()["envVars"].Items;

        variables.Select(v => v["key"].Word).Should().Contain(["GEMINI_API_KEY", "JWT_SECRET_KEY"]);
        foreach (var variable in variables.Where(v => v["key"].Word!.Contains("KEY", StringComparison.Ordinal) || v["key"].Word!.Contains("SECRET", StringComparison.Ordinal)))
        {
            variable["sync"].Word.Should().Be("false");
            variable["value"].Exists.Should().BeFalse();
        }
    }

    [Theory]
    [InlineData("render.yaml")]
    [InlineData("docker-compose.yml")]
    [InlineData("docker-compose.scale.yml")]
    public void EverySettingThatIsNamedThereIs(string file)
    {
        var names = file switch
        {
            "render.yaml" => DeploymentFiles.Read(file)["services"].Items.SelectMany(s => s["envVars"].Items).Select(v => v["key"].Word!),
            _ => DeploymentFiles.Read(file)["services"] is var services
                ? services.Keys.Where(s => services[s]["build"].Exists).SelectMany(s => services[s]["environment"].Keys)
                : [],
        };

        names.Should().NotBeEmpty().And.BeSubsetOf(MachineSettings.Names);
    }

    /// <summary>Whoever sets one in .env believes that it counts: that an alarm is told, that old turns are deleted.</summary>
    [Theory]
    [InlineData("docker-compose.yml", "DATABASE_URL")]
    [InlineData("docker-compose.scale.yml", "DATABASE_URL", "REDIS_URL")]
    public void EverySettingOfTheEnvFileReachesTheHubs(string file, params string[] composesOwn)
    {
        // Where it listens is the image's matter, and what is published the file's; the journal is where the volume is; SQLite is for Development.
        string[] notForHubs = ["PORT", "JOURNAL_DIRECTORY", "SQLITE_FILE", "POSTGRES_PASSWORD"];
        var offered = EnvFileVariable().Matches(DeploymentFiles.Text(".env.example")).Select(line => line.Groups["name"].Value)
            .Concat(MachineSettings.Names.Where(name => !OfTheFramework().IsMatch(name))).Distinct().Except(notForHubs);
        var hubs = HubsOf(file);

        hubs.Should().NotBeEmpty();
        foreach (var environment in hubs.Select(hub => hub["environment"]))
        {
            environment.Keys.Should().BeEquivalentTo(offered);
            environment.Keys.Where(name => !environment[name].Word!.StartsWith($"${{{name}:", StringComparison.Ordinal)).Should().BeEquivalentTo(composesOwn);
        }

        DeploymentFiles.Text(file).Should().Contain("${PORT:-8000}").And.Contain("${POSTGRES_PASSWORD:-bemore}");
    }

    [Theory]
    [MemberData(nameof(ComposeFiles))]
    public void AFileThatASettingNamesIsWhereTheHubLooksForIt(string file)
    {
        var configs = DeploymentFiles.Read(file)["configs"];
        foreach (var hub in HubsOf(file))
        {
            foreach (var (setting, otherwise) in new[] { ("HELP_LINES_FILE", "BeMore.Hub/Safety/help-lines.json"), ("HELP_TEXTS_FILE", "BeMore.Hub/Safety/help-texts.json"), ("SAFETY_RULES_FILE", "BeMore.Hub/Safety/rules.json"), ("SAFETY_LIKENESS_FILE", "BeMore.Hub/Safety/Likeness/likeness.tsv") })
            {
                var source = configs.Keys.Single(name => configs[name]["file"].Word == $"${{{setting}:-./{otherwise}}}");
                var target = hub["configs"].Items.Single(config => config["source"].Word == source)["target"].Word;
                hub["environment"][setting].Word.Should().Be($"${{{setting}:+{target}}}", "without a file of its own the hub has the image's");
                File.Exists(RepositoryRoot.Combine(otherwise.Split('/'))).Should().BeTrue();
            }
        }
    }

    private static IReadOnlyList<YamlNode> HubsOf(string file)
    {
        var services = DeploymentFiles.Read(file)["services"];
        return [.. services.Keys.Select(name => services[name]).Where(service => service["build"].Exists && !service["command"].Exists)];
    }

    [GeneratedRegex("^(# )?(?<name>[A-Z][A-Z_]+)=", RegexOptions.Multiline)]
    private static partial Regex EnvFileVariable();

    [GeneratedRegex("^(ASPNETCORE_|DOTNET_|URLS$)")]
    private static partial Regex OfTheFramework();

    [GeneratedRegex(@"HEALTHCHECK[^\n]*\\\s+CMD (?<program>\w+) [^\n]*\$\{PORT\}(?<path>/[\w/]+)")]
    private static partial Regex HealthCheck();
}

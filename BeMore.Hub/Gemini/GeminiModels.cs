namespace BeMore.Gemini;

/// <summary>The two models, and what all turns together know of them: who is worth asking now.</summary>
/// <remarks>
/// Each has a breaker of its own. Models are overloaded one by one, and whoever speaks to the second at once need not wait for the
/// first; where both are known to be down, the person is told at once.
/// </remarks>
internal sealed class GeminiModels
{
    private readonly Lock _lock = new();
    private readonly ILogger<GeminiModels> _logger;
    private readonly Breaker _key;

    public GeminiModels(GeminiOptions options, TimeProvider time, ILogger<GeminiModels> logger)
    {
        _logger = logger;
        // One refusal may be a slip of Google's, which is not to cost everybody a turn.
        _key = new Breaker(2, time) { Pause = TimeSpan.FromSeconds(5), PauseAlone = TimeSpan.FromSeconds(5) };
        var first = new GeminiModel(options.Model, "GEMINI_MODEL", time);
        InOrder = options.FallbackModel == options.Model ? [first] : [first, new(options.FallbackModel, "GEMINI_FALLBACK_MODEL", time)];
    }

    /// <summary>The preferred first.</summary>
    public IReadOnlyList<GeminiModel> InOrder { get; }

    /// <summary>Leave to ask the first of these that may be asked at this moment; null if none may.</summary>
    public GeminiPermit? TryEnter(IEnumerable<GeminiModel> inOrder)
    {
        lock (_lock)
        {
            var model = inOrder.FirstOrDefault(m => MayBeAsked(m) && m.Rest == TimeSpan.Zero);
            return model is null ? null : new GeminiPermit(this, model, [.. new[] { _key, model.Existence, model.Service }.Where(b => b.Pass())]);
        }
    }

    /// <summary>How long the model wants to be left alone before it is asked; null: it is not to be asked at all.</summary>
    public TimeSpan? WaitFor(GeminiModel model)
    {
        lock (_lock)
        {
            return MayBeAsked(model) ? model.Rest : null;
        }
    }

    /// <summary>What whoever may ask nobody is told.</summary>
    public GeminiException WhyNot()
    {
        lock (_lock)
        {
            if (_key.IsOpen)
            {
                return new GeminiException(GeminiFailure.KeyRefused, "Gemini was not asked: it refuses the key.");
            }

            var rests = InOrder.Where(MayBeAsked).Select(m => m.Rest).DefaultIfEmpty().Min();
            return rests > TimeSpan.Zero ? new GeminiException(GeminiFailure.Passing, "Gemini was not asked: it wants to be left alone.") { RetryAfter = rests }
                : InOrder.All(m => m.Existence.IsOpen) ? new GeminiException(GeminiFailure.ModelGone, "Gemini was not asked: it has none of the models.")
                : new GeminiException(GeminiFailure.KnownDown, "Gemini was not asked: it is known to be down.");
        }
    }

    /// <summary>How they are, for whoever asks after the hub's health.</summary>
    public string InWords()
    {
        lock (_lock)
        {
            var words = new List<string> { $"Gemini, {string.Join(", then ", InOrder.Select(m => m.Name))}" };
            if (_key.IsOpen)
            {
                words.Add($"the key is refused {Since(_key, alone: true)}: set GEMINI_API_KEY to one that is valid");
            }

            words.AddRange(InOrder.Select(m =>
                m.Existence.IsOpen ? $"{m.Name} is gone {Since(m.Existence, IsAlone(m))}: set {m.Variable} to a model that Google lists"
                : m.Service.IsOpen ? $"{m.Name} is known to be down {Since(m.Service, IsAlone(m))}"
                : m.Rest > TimeSpan.Zero ? $"{m.Name} is over its quota, asked again in {Math.Ceiling(m.Rest.TotalSeconds)} s"
                : null).OfType<string>());
            return string.Join("; ", words);
        }
    }

    /// <summary>For each model, what may keep it from being asked.</summary>
    public IReadOnlyList<(string Model, string Breaker, bool IsOpen)> Breakers
    {
        get
        {
            lock (_lock)
            {
                return
                [
                    .. InOrder.SelectMany(m => ((string, string, bool)[])
                    [
                        (m.Name, "key", _key.IsOpen),
                        (m.Name, "gone", m.Existence.IsOpen),
                        (m.Name, "down", m.Service.IsOpen),
                        (m.Name, "quota", m.Rest > TimeSpan.Zero),
                    ]),
                ];
            }
        }
    }

    public void Answered(GeminiModel model)
    {
        lock (_lock)
        {
            if (_key.Succeed() is { } refusedFor)
            {
                _logger.KeyAccepted(refusedFor.TotalSeconds);
            }

            // Both are told: neither may be skipped because the other was open.
            var (gone, down) = (model.Existence.Succeed(), model.Service.Succeed());
            if ((gone ?? down) is { } away)
            {
                _logger.AnswersAgain(model.Name, away.TotalSeconds);
            }
        }
    }

    public void Failed(GeminiModel model, GeminiException e)
    {
        if (e.Failure == GeminiFailure.BadRequest)
        {
            // Whoever can say that a request is wrong is there.
            Answered(model);
            return;
        }

        lock (_lock)
        {
            if (e.RetryAfter is { } rest)
            {
                model.RestFor(rest);
            }

            if (e.Failure == GeminiFailure.KeyRefused && _key.Fail())
            {
                _logger.KeyRefused(e.Message, _key.PauseAlone.TotalSeconds);
            }
            else if (e.Failure == GeminiFailure.ModelGone && model.Existence.Fail())
            {
                _logger.ModelGone(model.Name, model.Variable);
            }
            else if (e.MeansDown && model.Service.Fail())
            {
                _logger.KnownDown(model.Name, e.Message, PauseOf(model.Service, IsAlone(model)).TotalSeconds);
            }
        }
    }

    public void Leave(IEnumerable<Breaker> tested)
    {
        lock (_lock)
        {
            foreach (var breaker in tested)
            {
                breaker.Leave();
            }
        }
    }

    private bool MayBeAsked(GeminiModel model)
    {
        var alone = IsAlone(model);
        return _key.MayPass(alone) && model.Existence.MayPass(alone) && model.Service.MayPass(alone);
    }

    private bool IsAlone(GeminiModel model) => !InOrder.Any(m => m != model && m.IsWell);

    private static TimeSpan PauseOf(Breaker breaker, bool alone) => alone ? breaker.PauseAlone : breaker.Pause;

    private static string Since(Breaker breaker, bool alone)
    {
        var pause = PauseOf(breaker, alone);
        var every = pause > TimeSpan.FromMinutes(1) ? $"{pause.TotalMinutes:0} min" : $"{pause.TotalSeconds:0} s";
        return $"since {breaker.OpenSince:yyyy-MM-dd'T'HH:mm:ss'Z'}, asked again every {every}";
    }
}

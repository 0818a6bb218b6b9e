namespace BeMore.Gemini;

/// <summary>Leave to ask a model once. Who has it says what came of it, or nothing, if that says nothing of the model.</summary>
/// <param name="models">Who gave it.</param>
/// <param name="model">Whom to ask.</param>
/// <param name="tested">What is known to be down, and is asked so that it may turn out to answer again.</param>
internal sealed class GeminiPermit(GeminiModels models, GeminiModel model, IReadOnlyList<Breaker> tested) : IDisposable
{
    public GeminiModel Model { get; } = model;

    public void Answered() => models.Answered(Model);

    public void Failed(GeminiException e) => models.Failed(Model, e);

    public void Dispose() => models.Leave(tested);
}

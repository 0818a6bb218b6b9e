namespace BeMore.Tests;

/// <summary>
/// Stand-ins of what a browser has for speaking and listening: a headless one has no voice, no microphone, and nobody to recognise speech.
/// They are the shape of the Web Speech API, and leave in <c>window.speech</c> what a test looks at or does.
/// </summary>
internal static class BrowserVoices
{
    /// <summary><c>speech.said</c>: sentences that were begun; <c>speech.pending</c>: those not finished; <c>speech.finish()</c> ends the first.</summary>
    public const string Speaking =
        """
        window.speech ??= {};
        Object.assign(window.speech, {
          said: [], pending: [], cancels: 0,
          finish() { this.pending.shift()?.onend?.({}); },
        });
        window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
        Object.defineProperty(window, "speechSynthesis", { value: {
          get speaking() { return speech.pending.length > 0; },
          get pending() { return speech.pending.length > 1; },
          getVoices: () => [],
          speak(utterance) { speech.said.push(`${utterance.lang}: ${utterance.text}`); speech.pending.push(utterance); },
          cancel() { speech.cancels++; const cut = speech.pending; speech.pending = []; cut.forEach(u => u.onerror?.({ error: "canceled" })); },
        } });
        """;

    /// <summary><c>speech.hears(text, isFinal)</c>, <c>speech.fails(error)</c>, <c>speech.falls()</c> silent; <c>speech.language</c>.</summary>
    public const string Listening =
        """
        window.speech ??= {};
        window.SpeechRecognition = window.webkitSpeechRecognition = class {
          start() {
            speech.language = this.lang;
            speech.hears = (transcript, isFinal) => this.onresult({ results: [Object.assign([{ transcript }], { isFinal })] });
            speech.fails = (error) => { this.onerror({ error }); this.onend(); };
            speech.falls = () => this.onend();
          }
          abort() { this.onerror({ error: "aborted" }); this.onend(); }
        };
        """;

    /// <summary>A browser that has neither.</summary>
    public const string Neither =
        """
        delete window.SpeechRecognition;
        delete window.webkitSpeechRecognition;
        delete window.speechSynthesis;
        delete Window.prototype.speechSynthesis;
        """;
}

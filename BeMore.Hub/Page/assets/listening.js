// The person's voice as text: the browser's own (SpeechRecognition), where it has it.

const Recognition = globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;

export const canListen = Boolean(Recognition);

const problems = {
  "not-allowed": "마이크를 쓸 수 없어요. 브라우저 설정에서 마이크를 허락하거나, 글로 적어 주세요.",
  "service-not-allowed": "이 브라우저에서는 말로 입력할 수 없어요. 글로 적어 주세요.",
  "audio-capture": "마이크를 찾지 못했어요. 글로 적어 주세요.",
  "no-speech": "아무 말도 들리지 않았어요. 다시 눌러 말하거나, 글로 적어 주세요.",
  network: "음성 인식 서비스에 닿지 못했어요. 글로 적어 주세요.",
};

export class Listening {
  #events;
  #recognition = null;

  /**
   * @param {object} events
   * @param {(isListening: boolean) => void} events.changed
   * @param {(text: string) => void} events.heard All that was understood so far; what follows may still correct it.
   * @param {(text: string) => void} events.done The person has stopped speaking.
   * @param {(words: string) => void} events.failed
   */
  constructor(events) {
    this.#events = events;
  }

  get isListening() {
    return this.#recognition !== null;
  }

  start() {
    const recognition = new Recognition();
    recognition.lang = "ko-KR";
    recognition.interimResults = true;
    let text = "";
    let isFinal = false;
    recognition.onresult = ({ results }) => {
      const all = [...results];
      text = all.map(([best]) => best.transcript).join("");
      isFinal = all.every((result) => result.isFinal);
      this.#events.heard(text);
    };
    recognition.onerror = ({ error }) => {
      // Stopped by the person.
      if (error !== "aborted") {
        this.#events.failed(problems[error] ?? "말을 알아듣지 못했어요. 글로 적어 주세요.");
      }
    };
    recognition.onend = () => {
      if (this.#recognition === recognition) {
        this.#set(null);
        if (isFinal && text.trim()) {
          this.#events.done(text);
        }
      }
    };
    recognition.start();
    this.#set(recognition);
  }

  /** Listens no longer. What was understood so far stays with the person, who may change it. */
  stop() {
    const recognition = this.#recognition;
    this.#set(null);
    recognition?.abort();
  }

  #set(recognition) {
    this.#recognition = recognition;
    this.#events.changed(recognition !== null);
  }
}

// The counsellor's voice: the browser's own (speechSynthesis), sentence by sentence while the answer still comes.

export const canSpeak = "speechSynthesis" in globalThis;

export class Voice {
  #changed;

  isOn = false;

  /** @param {() => void} changed It begins or ceases to speak. */
  constructor(changed) {
    this.#changed = changed;
  }

  get isSpeaking() {
    return canSpeak && (speechSynthesis.speaking || speechSynthesis.pending);
  }

  turn(isOn) {
    this.isOn = isOn;
    if (!isOn) {
      this.stop();
    }
  }

  say(sentence) {
    if (!this.isOn) {
      return;
    }

    const utterance = new SpeechSynthesisUtterance(forEars(sentence));
    utterance.lang = "ko-KR";
    utterance.rate = 0.95;
    utterance.voice = speechSynthesis.getVoices().find(({ lang }) => lang.replace("_", "-").startsWith("ko")) ?? null;
    utterance.onend = utterance.onerror = () => this.#changed();
    speechSynthesis.speak(utterance);
    this.#changed();
  }

  /** What has not been said yet is not said any more. */
  stop() {
    if (canSpeak) {
      speechSynthesis.cancel();
      this.#changed();
    }
  }
}

/** 109(일공구) is written for the eye and for the ear. */
const forEars = (sentence) => sentence.replace(/[\d-]+\(([가-힣 ]+)\)/g, "$1");

// What is heard of an answer: by a screen reader, or in the browser's voice. By whole sentences, each once.

import { announce } from "./announcer.js";
import { Sentences } from "./sentences.js";

export class Ears {
  #voice;
  #heard = new WeakMap();

  /** @param {import("./voice.js").Voice} voice */
  constructor(voice) {
    this.#voice = voice;
  }

  /** @param {import("./talk.js").Turn} turn That has changed. */
  hear(turn) {
    const { answer, state, isCut, error } = turn;
    const isOver = state === "done" || state === "failed";
    let heard = this.#heard.get(turn);
    if (!heard) {
      heard = { sentences: new Sentences(), state: null };
      this.#heard.set(turn, heard);
      if (isOver) {
        // It comes from the record: it was heard when it was said.
        heard.sentences.take(answer, true);
        heard.state = state;
      }
    }

    for (const sentence of heard.sentences.take(answer, isOver)) {
      if (!isCut) {
        this.#tell(sentence);
      }
    }

    if (heard.state !== state) {
      heard.state = state;
      if (state === "waiting") {
        announce("보냈어요. 답을 생각하고 있어요.");
      } else if (state === "failed") {
        announce(error?.words ?? "답을 받지 못했어요.");
      } else if (state === "done" && isCut) {
        announce("여기서 멈췄어요.");
      }
    }
  }

  #tell(sentence) {
    if (this.#voice.isOn) {
      // Two voices at once would be none.
      this.#voice.say(sentence);
    } else {
      announce(sentence);
    }
  }
}

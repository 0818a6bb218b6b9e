// Where the person writes, says how it feels, and speaks.

import { byId, element } from "./dom.js";
import { emotions } from "./emotions.js";
import { canListen, Listening } from "./listening.js";

/** In code points, after trimming: an emoji is one. */
const longest = 2000;

/** From here on it is said how much is left. */
const nearlyTooLong = 1800;

export class Composer {
  #events;
  #field = byId("message");
  #listening = new Listening({
    changed: (isListening) => this.#showListening(isListening),
    heard: (text) => this.#write(text),
    done: () => this.#send(),
    failed: (words) => (byId("composer-words").textContent = words),
  });

  /**
   * @param {object} events
   * @param {(message: string, emotion: string|null) => void} events.send
   * @param {() => void} events.begins The person begins to write.
   * @param {() => void} events.speaks The person begins to speak.
   */
  constructor(events) {
    this.#events = events;
    byId("emotions").append(chip(null, "고르지 않음", true), ...emotions.map(({ name, words }) => chip(name, words, false)));
    byId("listen").hidden = !canListen;
    byId("listen").addEventListener("click", () => this.#toggleListening());
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("input", () => {
      events.begins();
      this.#measure();
    });
    this.#field.addEventListener("keydown", (event) => {
      // While a syllable is being put together, Enter belongs to that.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
        event.preventDefault();
        this.#send();
      }
    });
  }

  focus() {
    this.#field.focus();
  }

  /** Listens no longer, and writes nothing that it hears. */
  stopListening() {
    if (this.#listening.isListening) {
      this.#listening.stop();
    }
  }

  clear() {
    this.stopListening();
    this.#write("");
    byId("composer").querySelector("input[name=emotion]").checked = true;
  }

  #send() {
    const message = this.#field.value.trim();
    if (!message || lengthOf(message) > longest) {
      this.#field.focus();
      byId("composer-words").textContent = message
        ? `${longest}자까지 보낼 수 있어요. 조금 줄여 주세요.`
        : "적은 말이 없어요. 한마디만 적어 주세요.";
      return;
    }

    this.stopListening();
    this.#write("");
    this.#events.send(message, byId("composer").querySelector("input[name=emotion]:checked").value || null);
  }

  #write(text) {
    this.#field.value = text;
    this.#measure();
  }

  #measure() {
    const length = lengthOf(this.#field.value.trim());
    byId("count").textContent = length > nearlyTooLong ? `${length} / ${longest}자` : "";
    this.#field.setAttribute("aria-invalid", length > longest);
    byId("composer-words").textContent = "";
    // As high as what is written, up to what the style allows. One line where it is not seen, and so has no height.
    this.#field.style.height = "";
    if (this.#field.value) {
      this.#field.style.height = `${this.#field.scrollHeight}px`;
    }
  }

  #toggleListening() {
    if (this.#listening.isListening) {
      this.#listening.stop();
      this.focus();
    } else {
      this.#events.speaks();
      this.#write("");
      this.#listening.start();
    }
  }

  #showListening(isListening) {
    const listen = byId("listen");
    listen.setAttribute("aria-pressed", isListening);
    listen.querySelector("span").textContent = isListening ? "듣고 있어요" : "말하기";
  }
}

const lengthOf = (text) => [...text].length;

function chip(name, words, isChosen) {
  return element("label", { class: "chip" },
    element("input", { type: "radio", name: "emotion", value: name ?? "", checked: isChosen ? "" : null }),
    element("span", {}, words));
}

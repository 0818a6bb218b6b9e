// The talk as it is seen.

import { byId, button, element } from "./dom.js";
import { emotionWords } from "./emotions.js";
import { callsFor, numbersIn, withCalls } from "./help-numbers.js";

/** Those that may go well if they are asked again. */
const worthAnotherTry = ["AI_UNAVAILABLE", "INTERNAL", "RATE_LIMITED", "NOT_SENT", "NOT_ANSWERED", "UNKNOWN"];

/** Who looks at the end of the talk, give or take some lines, goes on looking at its end. */
const nearTheEndPx = 160;

export class Transcript {
  #shown = new Map();
  #tryAgain;

  /** @param {(turn: import("./talk.js").Turn) => void} tryAgain */
  constructor(tryAgain) {
    this.#tryAgain = tryAgain;
  }

  clear() {
    this.#shown.clear();
    byId("turns").replaceChildren();
    byId("empty").hidden = false;
  }

  show(turn) {
    const wasAtEnd = isAtEnd();
    let shown = this.#shown.get(turn);
    if (!shown) {
      shown = new ShownTurn(turn, this.#tryAgain);
      this.#shown.set(turn, shown);
      byId("turns").append(shown.item);
      byId("empty").hidden = true;
    }

    shown.update();
    if (wasAtEnd) {
      scrollTo({ top: document.documentElement.scrollHeight });
    }
  }
}

/** What has not changed stays as it is: somebody may be at one of its links. */
class ShownTurn {
  #turn;
  #tryAgain;
  #text = element("p", { class: "text" });
  #calls = element("div");
  #foot = element("div");
  #answered = element("div", { class: "answered" }, element("p", { class: "who" }, "상담사 (AI)"), this.#text, this.#calls, this.#foot);
  #before = {};

  item = element("li", { class: "turn" });

  constructor(turn, tryAgain) {
    this.#turn = turn;
    this.#tryAgain = tryAgain;
    const { message, emotion } = turn;
    if (message !== null) {
      this.item.append(element("div", { class: "said" },
        element("p", { class: "who" }, "나", ...(emotion ? [element("span", { class: "feeling" }, emotionWords(emotion))] : [])),
        element("p", { class: "text" }, message)));
    }

    this.item.append(this.#answered);
  }

  update() {
    const { answer, state, isCut } = this.#turn;
    const isThinking = !answer && (state === "waiting" || state === "answering");
    if (this.#hasChanged("text", isThinking ? `…${isCut}` : answer)) {
      this.#text.classList.toggle("thinking", isThinking);
      this.#text.hidden = !answer && !isThinking;
      this.#text.replaceChildren(...(isThinking ? [isCut ? "멈추고 있어요" : "답을 생각하고 있어요"] : withCalls(answer)));
    }

    const numbers = numbersIn(answer);
    if (this.#hasChanged("numbers", `${numbers}`) && numbers.length > 0) {
      this.#answered.classList.add("help");
      this.#calls.replaceChildren(callsFor(numbers));
    }

    const foot = this.#footOf(this.#turn);
    if (this.#hasChanged("foot", foot.map((part) => part.textContent).join())) {
      this.#foot.replaceChildren(...foot);
    }
  }

  #footOf({ message, state, isCut, isAskedAgain, error }) {
    if (state === "held") {
      return [element("p", { class: "aside" }, "연결되면 보낼게요.")];
    }

    if (state === "done") {
      return isCut ? [element("p", { class: "aside" }, "여기서 멈췄어요.")] : [];
    }

    if (state !== "failed") {
      return [];
    }

    const words = element("p", { class: "aside trouble" }, error?.words ?? "답이 기록되지 않았어요.");
    return message && !isAskedAgain && worthAnotherTry.includes(error?.code)
      ? [words, button("다시 보내기", () => this.#tryAgain(this.#turn))]
      : [words];
  }

  #hasChanged(what, now) {
    const hasChanged = this.#before[what] !== now;
    this.#before[what] = now;
    return hasChanged;
  }
}

function isAtEnd() {
  const { scrollTop, clientHeight, scrollHeight } = document.documentElement;
  return scrollTop + clientHeight >= scrollHeight - nearTheEndPx;
}

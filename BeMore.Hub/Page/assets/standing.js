// How the session stands, where that is more than "go on": said in a card above the place to write.

import { announce } from "./announcer.js";
import { byId, button, element } from "./dom.js";

const cards = {
  waiting: {
    title: "연결이 끊겼어요",
    words: "다시 잇고 있어요. 하던 답은 잠시 기다려 주니 그대로 두셔도 괜찮아요.",
    acts: { "지금 다시 잇기": "reconnect" },
  },
  paused: {
    title: "잠시 쉬고 있어요",
    words: "천천히 쉬어도 괜찮아요. 언제든 이어서 이야기할 수 있어요.",
    acts: { "이어서 이야기하기": "resume" },
  },
  ended: {
    title: "이야기를 마쳤어요",
    words: "여기까지 이야기해 줘서 고마워요. 기록은 남아 있고, 다시 읽거나 모두 지울 수 있어요.",
    acts: { "새 이야기 시작하기": "begin", "기록 읽기": "record", "모두 지우기": "erase" },
  },
  gone: {
    title: "이 이야기를 찾을 수 없어요",
    words: "지워졌거나, 서버에 없는 이야기예요.",
    acts: { "새 이야기 시작하기": "begin" },
  },
  superseded: {
    title: "다른 창에서 이어 가고 있어요",
    words: "한 이야기는 한 창에서만 나눌 수 있어서 이 창은 멈췄어요.",
    acts: { "이 창에서 이어 가기": "reconnect" },
  },
  refused: {
    title: "지금은 들어갈 수 없어요",
    words: "같은 이야기가 다른 창과 번갈아 열리고 있거나, 서버가 이 주소의 페이지를 받아들이지 않아요. 다른 창을 닫고 30초쯤 뒤에 다시 해 보세요.",
    acts: { "다시 해 보기": "reconnect" },
  },
  login: {
    title: "로그인이 필요해요",
    words: "이 서버는 누구인지 알아야 이야기를 이어 줘요.",
    acts: { "로그인하기": "login" },
  },
};

/** Where nothing can be said, there is no place to say it. */
const mayWrite = [null, "waiting"];

const links = {
  none: "",
  connecting: "잇고 있어요",
  open: "이어져 있어요",
  waiting: "끊겼어요. 다시 잇고 있어요",
  superseded: "다른 창에서 이어 가고 있어요",
  refused: "들어갈 수 없어요",
  login: "로그인이 필요해요",
  ended: "마쳤어요",
  gone: "찾을 수 없어요",
};

export class Standing {
  #acts;
  #shown = null;

  /** @param {Record<string, () => void>} acts What the cards' buttons do. */
  constructor(acts) {
    this.#acts = acts;
  }

  /** @param {import("./session.js").Session} session */
  show(session) {
    const { status, link } = session;
    byId("link").hidden = link === "none";
    byId("link").dataset.state = link;
    byId("link-words").textContent = links[link];

    const card = cardOf(status, link, this.#shown);
    byId("composer").hidden = !mayWrite.includes(card);
    if (card === this.#shown) {
      return;
    }

    const wasLost = this.#shown === "waiting";
    this.#shown = card;
    byId("standing").hidden = card === null;
    byId("standing").replaceChildren(...(card ? this.#partsOf(cards[card]) : []));
    if (card) {
      announce(`${cards[card].title}. ${cards[card].words}`);
    } else if (wasLost && link === "open") {
      announce("다시 이어졌어요.");
    }
  }

  /** For whoever has just asked for what it says. */
  focus() {
    byId("standing").querySelector("h2")?.focus();
  }

  #partsOf({ title, words, acts }) {
    const [first, ...others] = Object.entries(acts).map(([name, act], i) => button(name, () => this.#acts[act](), i ? "quiet" : "primary"));
    return [element("h2", { tabindex: "-1" }, title), element("p", {}, words), element("p", { class: "row" }, first, ...others)];
  }
}

/** Null: nothing to say. */
function cardOf(status, link, before) {
  if (status === "ended" || status === "gone" || status === "paused") {
    return status;
  }

  if (link === "connecting") {
    // One more try is no news.
    return before === "waiting" ? "waiting" : null;
  }

  return link in cards ? link : null;
}

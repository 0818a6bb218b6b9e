// What the server has kept of the talk, page by page, and the emotions in it.

import { recordOf } from "./api.js";
import { byId, element } from "./dom.js";
import { emotionWords } from "./emotions.js";
import { withCalls } from "./help-numbers.js";
import { plotOf } from "./plot.js";

const page = 50;

const date = new Intl.DateTimeFormat("ko", { month: "long", day: "numeric", hour: "numeric", minute: "2-digit" });

export class RecordPanel {
  #sessionId = null;
  #turnsOnPage;
  #rows = [];
  #reading = 0;

  /** @param {() => object[]} turnsOnPage For where the server tells of no record. */
  constructor(turnsOnPage) {
    this.#turnsOnPage = turnsOnPage;
    byId("more").addEventListener("click", () => this.#readOn());
  }

  /** From its beginning: it is what the server has, not what the page remembers. */
  async read(sessionId) {
    this.#sessionId = sessionId;
    this.#rows = [];
    await this.#readOn();
  }

  clear() {
    this.#reading++;
    this.#rows = [];
    byId("told").replaceChildren();
    byId("plot").replaceChildren();
    byId("record-words").textContent = "";
    byId("more").hidden = true;
  }

  async #readOn() {
    // Only the latest of several readings is shown.
    const reading = ++this.#reading;
    try {
      const { conversations, total } = await recordOf(this.#sessionId, this.#rows.length, page);
      if (reading === this.#reading) {
        this.#rows.push(...conversations);
        this.#show(this.#rows, this.#rows.length < total, total === 0 ? "아직 기록된 이야기가 없어요." : `모두 ${total}번 나눈 이야기예요.`);
      }
    } catch (e) {
      if (reading === this.#reading) {
        const here = this.#turnsOnPage().filter(({ message }) => message !== null);
        const rows = here.map(({ message, answer, emotion, timestamp }) => ({ userMessage: message, aiResponse: answer, emotion, timestamp }));
        this.#show(rows, false, `${e.message} 서버의 기록 대신 이 화면에 있는 것을 보여 드려요.`);
      }
    }
  }

  #show(rows, hasMore, words) {
    byId("record-words").textContent = words;
    byId("more").hidden = !hasMore;
    byId("plot").replaceChildren(...plotOf(rows));
    byId("told").replaceChildren(...rows.map(({ userMessage, aiResponse, emotion, timestamp }) => element("li", {},
      element("p", { class: "who" },
        element("time", { datetime: new Date(timestamp).toISOString() }, date.format(timestamp)),
        ...(emotion ? [element("span", { class: "feeling" }, emotionWords(emotion))] : [])),
      element("p", { class: "text" }, userMessage),
      aiResponse
        ? element("p", { class: "text reply" }, ...withCalls(aiResponse))
        : element("p", { class: "aside" }, "답이 기록되지 않았어요."))));
  }
}

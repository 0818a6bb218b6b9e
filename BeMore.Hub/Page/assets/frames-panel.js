// The frames as a client's developer reads them.

import { byId, element } from "./dom.js";

const directions = { in: ["←", "받음"], out: ["→", "보냄"], note: ["·", "연결"] };

const clock = new Intl.DateTimeFormat("ko", { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hour12: false });

export class FramesPanel {
  #frames;
  #rows = new Map();
  #before = null;

  /** @param {import("./frames.js").Frames} frames */
  constructor(frames) {
    this.#frames = frames;
    frames.watch((added, dropped) => this.#change(added, dropped));
    byId("frames-filter").addEventListener("input", () => this.#filter());
    byId("frames-pings").addEventListener("change", () => this.#filter());
    byId("frames-clear").addEventListener("click", () => frames.clear());
    byId("frames-copy").addEventListener("click", () => this.#copy());
  }

  #change(added, dropped) {
    byId("frames-words").textContent = "";
    this.#rows.get(dropped)?.remove();
    this.#rows.delete(dropped);
    if (!added) {
      this.#rows.clear();
      this.#before = null;
      byId("frames").replaceChildren();
      return;
    }

    const row = rowOf(added, this.#before);
    this.#before = added;
    row.hidden = !this.#isWanted(added);
    this.#rows.set(added, row);
    // The newest first: it is what one looks for.
    byId("frames").prepend(row);
  }

  #filter() {
    for (const [frame, row] of this.#rows) {
      row.hidden = !this.#isWanted(frame);
    }
  }

  #isWanted({ type, text }) {
    const wanted = byId("frames-filter").value.trim().toLowerCase();
    return (byId("frames-pings").checked || !/(^|\s)(ping|pong)$/i.test(type)) && `${type} ${text}`.toLowerCase().includes(wanted);
  }

  async #copy() {
    const shown = this.#frames.all.filter((frame) => this.#isWanted(frame));
    const lines = shown.map(({ direction, at, type, text, bytes }) => JSON.stringify({ direction, at, type, bytes, text }));
    try {
      await navigator.clipboard.writeText(lines.join("\n"));
      byId("frames-words").textContent = `${shown.length}개를 복사했어요. 한 줄에 하나씩이에요.`;
    } catch {
      byId("frames-words").textContent = "브라우저가 복사를 허락하지 않았어요.";
    }
  }
}

function rowOf(frame, before) {
  const { direction, at, type, text, bytes } = frame;
  const [arrow, words] = directions[direction];
  const since = before ? `+${at - before.at} ms` : "";
  const head = [
    element("span", { class: "arrow", "aria-hidden": "true" }, arrow),
    element("span", { class: "unseen" }, `${words} `),
    element("span", { class: "type" }, type),
    element("span", { class: "facts-of" }, ...[clock.format(at), since, text && `${bytes} B`].filter(Boolean).map((fact) => element("span", {}, fact))),
  ];
  if (!text) {
    return element("li", { class: direction }, element("p", {}, ...head));
  }

  const details = element("details", {}, element("summary", {}, ...head));
  // Made when somebody looks.
  details.addEventListener("toggle", () => {
    if (details.open && !details.querySelector("pre")) {
      details.append(element("pre", { tabindex: "0", "aria-label": `${type}의 JSON` }, pretty(text)));
    }
  });
  return element("li", { class: direction }, details);
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// The panels beside the talk: one at a time, opened and closed by their buttons and by Escape.

import { byId } from "./dom.js";

const names = ["record", "developer"];

export class Panels {
  #opened;
  #talkWasAt = 0;

  /** @param {(name: string) => void} opened */
  constructor(opened) {
    this.#opened = opened;
    for (const name of names) {
      byId(`show-${name}`).addEventListener("click", () => (byId(name).hidden ? this.open(name) : this.close(true)));
      byId(name).querySelector(".close").addEventListener("click", () => this.close(true));
      byId(name).addEventListener("keydown", (event) => {
        if (event.key === "Escape") {
          this.close(true);
        }
      });
    }
  }

  /** Its name; null if none is open. */
  get current() {
    return names.find((name) => !byId(name).hidden) ?? null;
  }

  open(name) {
    this.#talkWasAt = this.current ? this.#talkWasAt : scrollY;
    this.#show(name);
    // Beside the talk it is in sight already; in its place it begins at its top.
    byId(`${name}-title`).focus({ preventScroll: true });
    this.#opened(name);
  }

  /** @param {boolean} [giveFocusBack] To the button that opened it. */
  close(giveFocusBack) {
    const { current } = this;
    if (!current) {
      return;
    }

    this.#show(null);
    scrollTo({ top: this.#talkWasAt });
    if (giveFocusBack) {
      byId(`show-${current}`).focus({ preventScroll: true });
    }
  }

  #show(open) {
    document.body.classList.toggle("has-panel", open !== null);
    for (const name of names) {
      byId(name).hidden = name !== open;
      byId(`show-${name}`).setAttribute("aria-expanded", name === open);
    }
  }
}

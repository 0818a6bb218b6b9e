// What passes through a door, for those who write clients. In memory alone, and not without end.

const most = 500;

/**
 * @typedef {object} Frame
 * @property {"in"|"out"|"note"} direction
 * @property {number} at In ms since 1970.
 * @property {string} type
 * @property {string} text
 * @property {number} bytes In UTF-8.
 */

export class Frames {
  #all = [];
  #changed = () => {};

  get all() {
    return this.#all;
  }

  /** @param {(added: Frame|null, dropped: Frame|null) => void} changed Null and null: there are none any more. */
  watch(changed) {
    this.#changed = changed;
  }

  add(direction, type, text) {
    const frame = { direction, at: Date.now(), type, text, bytes: new TextEncoder().encode(text).length };
    this.#all.push(frame);
    this.#changed(frame, this.#all.length > most ? this.#all.shift() : null);
  }

  /** Something about the connection itself. */
  note(words) {
    this.add("note", words, "");
  }

  clear() {
    this.#all = [];
    this.#changed(null, null);
  }
}

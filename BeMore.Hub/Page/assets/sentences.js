// An answer comes in pieces; ears want sentences.

/** What of a growing text has not been given out yet, sentence by sentence. */
export class Sentences {
  #given = 0;

  /**
   * The sentences that are new and whole, each trimmed. What a regained connection tells again begins as what was said before, so it is not
   * given out twice.
   * @param {string} text All that was said so far.
   * @param {boolean} isWhole Nothing follows: the rest counts as a sentence.
   */
  take(text, isWhole) {
    const sentences = [];
    const end = /[.!?…。]["'”’)]*(?=\s)|\n/g;
    end.lastIndex = this.#given;
    while (end.exec(text)) {
      sentences.push(text.slice(this.#given, end.lastIndex));
      this.#given = end.lastIndex;
    }

    if (isWhole && this.#given < text.length) {
      sentences.push(text.slice(this.#given));
      this.#given = text.length;
    }

    return sentences.map((sentence) => sentence.trim()).filter((sentence) => sentence);
  }
}

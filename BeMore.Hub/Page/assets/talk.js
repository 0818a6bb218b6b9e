// The turns of a talk, and which of them an envelope is for. The hub answers them in order; after a loss it may tell answers again.

/**
 * @typedef {object} Turn
 * @property {string} message What was said; null where the page does not know, because it was said before.
 * @property {string|null} emotion
 * @property {number} timestamp In ms since 1970: with the message, what finds the turn in the record.
 * @property {string} answer As far as it has come.
 * @property {"held"|"waiting"|"answering"|"done"|"failed"} state `held`: not sent yet; `failed`: see `error`.
 * @property {boolean} isCut The person broke in.
 * @property {boolean} isUnsure Its connection was lost, and nothing has been heard of it since.
 * @property {boolean} isAskedAgain It failed, and was sent once more, as another turn.
 * @property {{code: string, words: string}|null} error
 */

/** What becomes of a turn that the hub knows nothing of, in its own words' place. */
export const lost = {
  notSent: { code: "NOT_SENT", words: "연결이 끊겨 이 말이 전해지지 않았어요." },
  notAnswered: { code: "NOT_ANSWERED", words: "연결이 끊겨 답을 받지 못했어요." },
  unknown: { code: "UNKNOWN", words: "연결이 끊겨 이 말이 어떻게 되었는지 알 수 없어요." },
};

/** An answer that is told again though it is known whole. */
const known = {};

export class Talk {
  #changed;
  #turns = [];
  #told = null;
  #hasBegun = false;
  #mayBeRetold = false;

  /** @param {(turn: Turn) => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  get turns() {
    return this.#turns;
  }

  /** The one that is being answered, or will be next. */
  get running() {
    return this.#turns.find(isOpen) ?? null;
  }

  get held() {
    return this.#turns.filter((turn) => turn.state === "held");
  }

  add(turn) {
    const added = { message: null, emotion: null, timestamp: Date.now(), answer: "", state: "held", isCut: false, isUnsure: false, isAskedAgain: false, error: null, ...turn };
    this.#turns.push(added);
    this.#changed(added);
    return added;
  }

  change(turn, changes) {
    Object.assign(turn, changes);
    this.#changed(turn);
  }

  /** A connection is new: what a lost one left unfinished may be told from its beginning. */
  reconnected() {
    this.#told = null;
    this.#hasBegun = false;
    this.#mayBeRetold = true;
    this.#turns.filter(isOpen).forEach((turn) => (turn.isUnsure = true));
  }

  get isUnsure() {
    return this.#turns.some((turn) => isOpen(turn) && turn.isUnsure);
  }

  hear({ type, data }) {
    switch (type) {
      case "ai_stream_begin":
        this.#told = null;
        this.#hasBegun = true;
        break;
      case "ai_stream_chunk":
        this.#hearChunk(data.chunk);
        break;
      case "ai_stream_complete":
        this.#end({ state: "done" });
        break;
      case "ai_stream_error":
        this.#end({ state: "failed", error: { code: data.code ?? "", words: data.error } });
        break;
    }
  }

  /**
   * Some time after a connection came back: what the hub has not gone on with by then is looked up.
   * @param {{userMessage: string, aiResponse: string, timestamp: number}[]|null} record Null: there is none to look it up in.
   */
  settle(record) {
    if (this.#hasBegun) {
      return;
    }

    for (const turn of this.#turns.filter((turn) => isOpen(turn) && turn.isUnsure)) {
      const row = record?.find(({ userMessage, timestamp }) => timestamp === turn.timestamp && userMessage === turn.message);
      this.change(turn, row?.aiResponse
        ? { answer: row.aiResponse, state: "done" }
        : { state: "failed", error: !record ? lost.unknown : row ? lost.notAnswered : lost.notSent });
    }
  }

  #hearChunk(chunk) {
    if (this.#told === null) {
      this.#told = this.#whose(chunk);
      if (this.#told !== known) {
        // The first chunk of an answer that is told again is all that was said so far.
        this.change(this.#told, { answer: chunk, state: "answering", isUnsure: false });
      }
    } else if (this.#told !== known) {
      this.change(this.#told, { answer: this.#told.answer + chunk });
    }
  }

  /** Whose answer begins so: one that was interrupted, one that is known, the next. */
  #whose(chunk) {
    const open = this.#turns.filter(isOpen);
    const interrupted = open.find((turn) => turn.answer && (chunk.startsWith(turn.answer) || turn.answer.startsWith(chunk)));
    if (interrupted) {
      return interrupted;
    }

    if (this.#mayBeRetold && this.#turns.some((turn) => turn.state === "done" && turn.answer === chunk)) {
      return known;
    }

    // Nobody asked: it was asked before this page was loaded.
    return open.find((turn) => !turn.answer) ?? this.add({ state: "answering" });
  }

  #end(how) {
    const turn = this.#told ?? this.running;
    this.#told = null;
    this.#hasBegun = false;
    if (turn && turn !== known) {
      this.#mayBeRetold = false;
      this.change(turn, how);
    }
  }
}

function isOpen(turn) {
  return turn.state === "waiting" || turn.state === "answering";
}

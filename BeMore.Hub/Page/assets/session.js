// One session from its start to its end or erasure: what the person does to it, and the connection that serves it.

import { endSession, eraseSession, pauseSession, recordOf, resumeSession, sessionOf, startSession } from "./api.js";
import { Connection } from "./connection.js";
import { openRawDoor } from "./door-raw.js";
import { openSignalRDoor } from "./door-signalr.js";
import { Frames } from "./frames.js";
import { keptSession } from "./kept-session.js";
import { Talk } from "./talk.js";

const doors = { raw: openRawDoor, signalr: openSignalRDoor };

/** Turns of the record that are shown again after a reload, and looked through after a loss. The hub gives 100 at once. */
const recent = 100;

/** What a lost connection left unfinished is told at once by who has it. Whatever has not come by then does not come. */
const settledAfterMs = 3_000;

export class Session {
  #changed;
  #turnChanged;
  #connection = null;
  #door = "raw";

  id = null;

  /** @type {"none"|"active"|"paused"|"ended"|"gone"} */
  status = "none";

  /** @type {"none"|import("./connection.js").LinkState} */
  link = "none";

  frames = new Frames();
  talk = this.#newTalk();

  /**
   * @param {() => void} changed The session, its status or its connection.
   * @param {(turn: import("./talk.js").Turn) => void} turnChanged
   */
  constructor(changed, turnChanged) {
    this.#changed = changed;
    this.#turnChanged = turnChanged;
  }

  async start() {
    const { sessionId } = await startSession();
    keptSession.set(sessionId);
    this.#enter(sessionId, "active", []);
  }

  /** Goes on with the session of before a reload. False: there is none any more. */
  async goOn() {
    const id = keptSession.get();
    if (!id) {
      return false;
    }

    try {
      const { status } = await sessionOf(id);
      this.#enter(id, status, (await recordOfLatest(id)) ?? []);
    } catch (e) {
      if (e.status === 401) {
        throw e;
      }

      if (e.code === "SESSION_NOT_FOUND") {
        keptSession.forget();
        return false;
      }

      // Another backend's session, which it does not tell about, or nobody can be asked just now: the connection will see.
      this.#enter(id, "active", []);
    }

    return true;
  }

  ask(message, emotion) {
    this.interrupt();
    this.talk.add({ message, emotion });
    this.#sendHeld();
  }

  /** Barge-in: the running answer ends where it is. */
  interrupt() {
    const { running } = this.talk;
    if (running && !running.isCut && this.link === "open") {
      this.#connection.cancel();
      this.talk.change(running, { isCut: true });
    }
  }

  async pause() {
    await pauseSession(this.id);
    this.#set({ status: "paused" });
  }

  async resume() {
    await resumeSession(this.id);
    this.#set({ status: "active" });
    this.#sendHeld();
  }

  async end() {
    await endSession(this.id);
    this.#set({ status: "ended" });
    this.#leaveIfOver();
  }

  /** The session, its turns, and what this page knows of them. */
  async erase() {
    try {
      await eraseSession(this.id);
    } catch (e) {
      if (e.code !== "SESSION_NOT_FOUND") {
        throw e;
      }
    }

    this.close();
  }

  /** Forgets it here. On the server it stays as it is. */
  close() {
    this.#connection?.end();
    this.#connection = null;
    keptSession.forget();
    this.frames.clear();
    this.talk = this.#newTalk();
    this.id = null;
    this.#set({ status: "none", link: "none" });
  }

  /** @param {"raw"|"signalr"} door */
  changeDoor(door) {
    this.#door = door;
    this.#connection?.changeDoor(this.#opener());
  }

  cut() {
    this.#connection?.cut();
  }

  /** Now, and also where it had given way to somebody else. */
  reconnect() {
    if (this.link === "waiting") {
      this.#connection.hurry();
    } else {
      this.#connect();
    }
  }

  #enter(id, status, rows) {
    this.id = id;
    this.talk = this.#newTalk();
    this.#set({ status });
    rows.forEach((row, i) => this.talk.add({
      message: row.userMessage,
      emotion: row.emotion,
      timestamp: row.timestamp,
      answer: row.aiResponse,
      // The last one may still be answered. If it is not, that will be seen.
      state: row.aiResponse ? "done" : i === rows.length - 1 && status !== "ended" ? "waiting" : "failed",
    }));
    if (status !== "ended") {
      this.#connect();
    }
  }

  #connect() {
    this.#connection?.end();
    this.#connection = new Connection(this.id, this.#opener(), (link) => this.#linkChanged(link));
  }

  #opener() {
    const [open, id] = [doors[this.#door], this.id];
    return () => open(id, (envelope) => this.talk.hear(envelope), this.frames);
  }

  #linkChanged(link) {
    if (link === "open") {
      this.talk.reconnected();
    }

    this.#set(link === "ended" || link === "gone" ? { link, status: link } : { link });
    if (link === "open") {
      this.#sendHeld();
      if (this.talk.isUnsure) {
        setTimeout(() => this.#settle(this.talk), settledAfterMs);
      }
    }
  }

  async #settle(talk) {
    const record = await recordOfLatest(this.id).catch(() => null);
    if (talk === this.talk && this.link === "open") {
      talk.settle(record);
    }
  }

  #sendHeld() {
    if (this.status === "active" && this.link === "open") {
      for (const turn of this.talk.held) {
        if (this.#connection.request(turn)) {
          this.talk.change(turn, { state: "waiting" });
        }
      }
    }
  }

  #newTalk() {
    const talk = new Talk((turn) => {
      if (talk === this.talk) {
        this.#turnChanged(turn);
        this.#learnFrom(turn);
      }
    });
    return talk;
  }

  /** A turn that was refused says how the session is. */
  #learnFrom({ state, error }) {
    if (state === "failed") {
      switch (error?.code) {
        case "SESSION_EXPIRED":
          this.#set({ status: "ended" });
          break;
        case "SESSION_PAUSED":
          this.#set({ status: "paused" });
          break;
        case "SESSION_IN_USE":
          this.#connection?.end();
          this.#set({ link: "refused" });
          break;
      }
    }

    this.#leaveIfOver();
  }

  // What was being answered when it ended is heard to its end.
  #leaveIfOver() {
    if (this.status === "ended" && this.#connection && !this.talk.running) {
      this.#connection.end();
      this.#connection = null;
      this.#set({ link: "ended" });
    }
  }

  #set(changes) {
    Object.assign(this, changes);
    this.#changed();
  }
}

/** The latest turns, oldest first. */
async function recordOfLatest(id) {
  const { conversations, total } = await recordOf(id, 0, recent);
  return total <= recent ? conversations : (await recordOf(id, total - recent, recent)).conversations;
}

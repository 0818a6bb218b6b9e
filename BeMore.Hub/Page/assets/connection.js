// Keeps a door to the session open: comes back when it is lost, and gives way where somebody else has taken it.

import { health, sessionOf } from "./api.js";

/** As long as the frontend's, a little apart from everybody else's who lost the same hub. */
const delaysMs = [1_000, 2_000, 4_000, 8_000, 16_000];
const apart = () => 0.8 + 0.4 * Math.random();

/** A connection that held so long was a good one: the next loss begins with the shortest delay again. */
const goodAfterMs = 10_000;

const superseded = 4409;

/**
 * - `connecting`, `open`, `waiting` (to try again): it goes on by itself
 * - `superseded`: a newer connection has the session; `refused`: the hub lets nobody in, though the session is there and all is well;
 *   `login`: it wants to know who this is; `ended`, `gone`: the session is over, or there is none. It stays so.
 * @typedef {"connecting"|"open"|"waiting"|"superseded"|"refused"|"login"|"ended"|"gone"} LinkState
 */

export class Connection {
  #sessionId;
  #openDoor;
  #changed;
  #door = null;
  #isOver = false;
  #wake = () => {};

  /**
   * @param {string} sessionId
   * @param {() => Promise} openDoor One of the doors, for this session.
   * @param {(state: LinkState) => void} changed
   */
  constructor(sessionId, openDoor, changed) {
    this.#sessionId = sessionId;
    this.#openDoor = openDoor;
    this.#changed = changed;
    this.#run();
  }

  /** False: it is not open, and nothing was sent. */
  request(turn) {
    this.#door?.request(turn);
    return this.#door !== null;
  }

  cancel() {
    this.#door?.cancel();
  }

  cut() {
    this.#door?.cut();
  }

  /** Tries now what it would try later. */
  hurry() {
    this.#wake();
  }

  /** Goes on through another door. */
  changeDoor(openDoor) {
    this.#openDoor = openDoor;
    this.#door?.leave();
    this.#wake();
  }

  end() {
    this.#isOver = true;
    this.#door?.leave();
    this.#wake();
  }

  async #run() {
    let failures = 0;
    let refusals = 0;
    while (!this.#isOver) {
      this.#say("connecting");
      const openDoor = this.#openDoor;
      const door = await openDoor().catch(() => null);
      if (this.#isOver || openDoor !== this.#openDoor) {
        door?.leave();
        continue;
      }

      if (!door) {
        const verdict = await this.#judge();
        // Once is chance: the hub may have come back between the two questions.
        refusals = verdict === "refused" ? refusals + 1 : 0;
        if (!this.#isOver && verdict !== "waiting" && (verdict !== "refused" || refusals > 1)) {
          return this.#say(verdict);
        }
      } else {
        const openedAt = Date.now();
        refusals = 0;
        this.#door = door;
        this.#say("open");
        const code = await door.closed;
        this.#door = null;
        if (code === superseded && !this.#isOver) {
          // Not taken back: the two would take it from each other without end.
          return this.#say("superseded");
        }

        if (openDoor !== this.#openDoor) {
          continue;
        }

        failures = Date.now() - openedAt > goodAfterMs ? 0 : failures;
      }

      if (!this.#isOver) {
        this.#say("waiting");
        await this.#sleep(delaysMs[Math.min(failures++, delaysMs.length - 1)] * apart());
      }
    }
  }

  /** Why a door did not open. A browser is not told, so the hub is asked. */
  async #judge() {
    try {
      const { status } = await sessionOf(this.#sessionId);
      if (status === "ended") {
        return "ended";
      }

      return (await health())?.isWell ? "refused" : "waiting";
    } catch (e) {
      return e.status === 401 ? "login" : e.code === "SESSION_NOT_FOUND" ? "gone" : "waiting";
    }
  }

  #sleep(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #say(state) {
    if (!this.#isOver) {
      this.#changed(state);
    }
  }
}

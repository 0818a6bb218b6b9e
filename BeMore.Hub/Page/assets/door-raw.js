// The frontend's door: a WebSocket that speaks one JSON envelope a text frame (README, "Two doors").

import { urlOf } from "./api.js";

/** As the frontend does: it says that it is there, and takes a connection for lost on which nobody answers. */
const pingEveryMs = 15_000;
const lostAfterMs = 45_000;

/** A handshake that nobody answers is given up. */
const openWithinMs = 10_000;

/**
 * Opens it. Rejects where it is refused: a browser does not say why.
 * @param {string} sessionId
 * @param {(envelope: {type: string, data: object}) => void} hear
 * @param {import("./frames.js").Frames} frames
 */
export function openRawDoor(sessionId, hear, frames) {
  return new Promise((open, refuse) => {
    const url = urlOf(`ws/session/${sessionId}`);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url);
    const door = new RawDoor(socket, hear, frames);
    const patience = setTimeout(() => door.cut(), openWithinMs);
    socket.onopen = () => {
      clearTimeout(patience);
      frames.note(`열림: ${url.pathname}`);
      open(door);
    };
    door.closed.then((code) => {
      clearTimeout(patience);
      refuse(new Error(`${code}`));
    });
  });
}

class RawDoor {
  #socket;
  #frames;
  #close;
  #heardAt = Date.now();
  #pings;

  /** Resolves with the close code, once it is over. Nothing is heard after that. */
  closed = new Promise((resolve) => (this.#close = resolve));

  constructor(socket, hear, frames) {
    this.#socket = socket;
    this.#frames = frames;
    this.#pings = setInterval(() => this.#ping(), pingEveryMs);
    socket.onmessage = ({ data }) => {
      this.#heardAt = Date.now();
      const envelope = JSON.parse(data);
      frames.add("in", envelope.type, data);
      hear(envelope);
    };
    socket.onclose = ({ code }) => this.#over(code);
  }

  request({ message, emotion, timestamp }) {
    this.#send("request_ai_response", { message, emotion, timestamp });
  }

  cancel() {
    this.#send("cancel_ai_response");
  }

  /** Closes it in order. */
  leave() {
    this.#socket.close(1000);
    this.#over(1000);
  }

  /** As if it had been lost. */
  cut() {
    // A browser has no harsher way; to the hub a connection that ends is one that may come back, however it ends.
    this.#socket.close(4000);
    this.#over(4000);
  }

  #ping() {
    if (Date.now() - this.#heardAt > lostAfterMs) {
      this.cut();
    } else if (this.#socket.readyState === WebSocket.OPEN) {
      this.#send("ping");
    }
  }

  #send(type, data) {
    const frame = JSON.stringify({ type, data });
    this.#frames.add("out", type, frame);
    this.#socket.send(frame);
  }

  // The other side of a lost connection says nothing: nobody waits for its goodbye.
  #over(code) {
    clearInterval(this.#pings);
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#frames.note(`닫힘: ${code}`);
    this.#close(code);
  }
}

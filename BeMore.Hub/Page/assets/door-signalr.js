// SignalR's door: the published client, and the same envelopes as items of its streams (README, "Two doors").

import { accessToken, urlOf } from "./api.js";

/**
 * Opens it, over WebSockets, Server-Sent Events or long polling, whichever is possible. Rejects where it is refused.
 * @param {string} sessionId
 * @param {(envelope: {type: string, data: object}) => void} hear
 * @param {import("./frames.js").Frames} frames
 */
export async function openSignalRDoor(sessionId, hear, frames) {
  // Whoever does not use this door does not load it. It names itself globally, as a script of its kind does.
  await import("./vendor/signalr.min.js");
  const { signalR } = globalThis;
  const connection = new signalR.HubConnectionBuilder()
    .withUrl(urlOf("hubs/counselling").href, accessToken() ? { accessTokenFactory: accessToken } : {})
    .withHubProtocol(watched(new signalR.JsonHubProtocol(), frames))
    .configureLogging(signalR.LogLevel.None)
    .build();
  const door = new SignalRDoor(connection, sessionId, hear);
  await connection.start();
  frames.note("열림: /hubs/counselling");
  door.closed.then((code) => frames.note(`닫힘: ${code}`));
  door.resume();
  return door;
}

class SignalRDoor {
  #connection;
  #sessionId;
  #hear;
  #close;

  /** Resolves with a code, once it is over: the raw door's where there is one. Nothing is heard after that. */
  closed = new Promise((resolve) => (this.#close = resolve));

  constructor(connection, sessionId, hear) {
    this.#connection = connection;
    this.#sessionId = sessionId;
    this.#hear = hear;
    this.closed.then(() => (this.#hear = () => {}));
    connection.on("SessionSuperseded", ({ data }) => this.#close(data.code));
    connection.onclose(() => this.#close(1006));
  }

  /** What a lost connection left unfinished. It also tells the hub which session this is. */
  resume() {
    this.#listen("ResumeAiResponse");
  }

  request({ message, emotion, timestamp }) {
    this.#listen("RequestAiResponse", { message, emotion, timestamp });
  }

  cancel() {
    this.#connection.send("CancelAiResponse", this.#sessionId).catch(() => {});
  }

  leave() {
    this.#close(1000);
    this.#connection.stop();
  }

  cut() {
    this.#close(4000);
    this.#connection.stop();
  }

  #listen(method, ...more) {
    this.#connection.stream(method, this.#sessionId, ...more).subscribe({
      next: (envelope) => this.#hear(envelope),
      complete() {},
      // The connection is lost: its end says so.
      error() {},
    });
  }
}

/** SignalR's hub protocol has numbers for these. */
const kinds = {
  1: "invocation",
  2: "streamItem",
  3: "completion",
  4: "streamInvocation",
  5: "cancelInvocation",
  6: "ping",
  7: "close",
  8: "ack",
  9: "sequence",
};

/** The JSON protocol, with an eye on what passes: whole hub messages, whatever carries them. */
function watched(protocol, frames) {
  const typeOf = ({ type, target, item }) => [kinds[type] ?? `type ${type}`, target ?? item?.type].filter(Boolean).join(" ");
  return {
    name: protocol.name,
    version: protocol.version,
    transferFormat: protocol.transferFormat,
    parseMessages(input, logger) {
      const messages = protocol.parseMessages(input, logger);
      for (const message of messages) {
        frames.add("in", typeOf(message), JSON.stringify(message));
      }

      return messages;
    },
    writeMessage(message) {
      const written = protocol.writeMessage(message);
      // Without the character that ends it.
      frames.add("out", typeOf(message), written.slice(0, -1));
      return written;
    },
  };
}

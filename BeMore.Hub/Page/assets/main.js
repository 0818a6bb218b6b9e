// What belongs to what. Each part is a file of its own: door-raw.js and door-signalr.js speak to the hub, connection.js keeps one of them
// open, talk.js knows whose answer is heard, session.js holds these together, and the rest shows it.

import { announceNothing } from "./announcer.js";
import { Composer } from "./composer.js";
import { confirmed, loggedIn } from "./dialogs.js";
import { byId } from "./dom.js";
import { Ears } from "./ears.js";
import { FramesPanel } from "./frames-panel.js";
import { showWhetherItListens, showWhoAnswers } from "./notice.js";
import { Panels } from "./panels.js";
import { RecordPanel } from "./record-panel.js";
import { Session } from "./session.js";
import { Standing } from "./standing.js";
import { Transcript } from "./transcript.js";
import { canSpeak, Voice } from "./voice.js";

const voice = new Voice(() => showStop());
const ears = new Ears(voice);
const session = new Session(() => show(), (turn) => showTurn(turn));
const transcript = new Transcript((turn) => {
  turn.isAskedAgain = true;
  transcript.show(turn);
  session.ask(turn.message, turn.emotion);
});
const record = new RecordPanel(() => session.talk.turns);
const panels = new Panels((name) => name === "record" && record.read(session.id));
new FramesPanel(session.frames);

const composer = new Composer({
  send(message, emotion) {
    voice.stop();
    session.ask(message, emotion);
  },
  begins() {
    // Who listens is broken in upon by writing. Who reads is not: the answer stays until the next message is sent.
    if (voice.isOn) {
      hush();
    }
  },
  speaks: hush,
});

const standing = new Standing({
  reconnect: () => session.reconnect(),
  resume: () => attempt(() => session.resume()).then(() => composer.focus()),
  begin,
  record: () => panels.open("record"),
  erase,
  login: async () => (await loggedIn()) && (session.link === "login" ? session.reconnect() : goOn()),
});

byId("begin").addEventListener("click", begin);
byId("voice").addEventListener("click", () => {
  voice.turn(!voice.isOn);
  byId("voice").setAttribute("aria-pressed", voice.isOn);
});
byId("stop").addEventListener("click", () => {
  hush();
  composer.focus();
});
byId("pause").addEventListener("click", async () => {
  hush();
  await attempt(() => session.pause());
  standing.focus();
});
byId("end").addEventListener("click", async () => {
  if (await confirmed("ask-end")) {
    voice.stop();
    composer.stopListening();
    await attempt(() => session.end());
    standing.focus();
  }
});
byId("erase").addEventListener("click", erase);
byId("cut").addEventListener("click", () => session.cut());
for (const door of document.querySelectorAll("input[name=door]")) {
  door.addEventListener("change", () => session.changeDoor(door.value));
}

addEventListener("online", comeBack);
document.addEventListener("visibilitychange", comeBack);
// Else some browsers speak on when the page has gone.
addEventListener("pagehide", () => voice.stop());

byId("voice").hidden = !canSpeak;
showWhetherItListens();
showWhoAnswers();
goOn();

async function begin() {
  panels.close();
  session.close();
  clear();
  if (await attempt(() => session.start())) {
    composer.focus();
  }
}

async function goOn() {
  await attempt(() => session.goOn());
}

async function erase() {
  if (await confirmed("ask-erase")) {
    voice.stop();
    if (await attempt(() => session.erase())) {
      panels.close();
      clear();
      byId("start-words").textContent = "모두 지웠어요.";
      byId("main").focus();
    }
  }
}

/** True: done. What went wrong is said where the person looks. */
async function attempt(act) {
  const place = byId(session.id ? "talk-words" : "start-words");
  place.textContent = "";
  try {
    await act();
    return true;
  } catch (e) {
    if (e.status === 401 && (await loggedIn())) {
      return attempt(act);
    }

    place.textContent = e.message;
    return false;
  }
}

/** The voice falls silent, and the running answer ends where it is. */
function hush() {
  voice.stop();
  session.interrupt();
}

function comeBack() {
  if (session.link === "waiting" && document.visibilityState === "visible") {
    session.reconnect();
  }
}

function show() {
  const isTalking = session.status !== "none";
  byId("start").hidden = isTalking;
  byId("talk").hidden = byId("talk-title").hidden = byId("tools").hidden = !isTalking;
  byId("pause").hidden = byId("end").hidden = session.status !== "active";
  byId("developer-session").textContent = session.id ?? "";
  standing.show(session);
  showStop();
  if (session.link === "open") {
    showWhoAnswers();
  }
}

function showTurn(turn) {
  transcript.show(turn);
  ears.hear(turn);
  showStop();
  if (turn.state === "done" && panels.current === "record") {
    record.read(session.id);
  }
}

function showStop() {
  byId("stop").hidden = !session.talk.running && !voice.isSpeaking;
}

function clear() {
  transcript.clear();
  record.clear();
  composer.clear();
  announceNothing();
}

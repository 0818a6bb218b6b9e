// What the person is told of who answers, before and while they talk. The hub says it of itself in /health.

import { health } from "./api.js";
import { byId } from "./dom.js";
import { canListen } from "./listening.js";

/** How docs/http.md says that the model's line begins where no AI answers. */
const demo = "demo counsellor";

export async function showWhoAnswers() {
  const model = (await health())?.model;
  if (!model) {
    // Nobody could be asked. What was known before is shown on.
    return;
  }

  const isDemo = model.startsWith(demo);
  byId("demo-notice").hidden = byId("demo-short").hidden = !isDemo;
  byId("model-notice").textContent = isDemo ? "" : "답을 만들기 위해 하신 말씀이 Google의 AI(Gemini)로 보내져요. ";
}

export function showWhetherItListens() {
  byId("listen-notice").textContent = canListen
    ? "‘말하기’를 누르면 브라우저가 말을 글로 옮겨요. 그때 목소리가 브라우저를 만든 회사(예: Google)의 서버로 보내질 수 있어요."
    : "이 브라우저에는 말을 글로 옮기는 기능이 없어요. 글로 적어 주세요.";
}

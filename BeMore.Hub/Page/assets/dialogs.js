// Questions that wait for an answer. The browser's own dialogs keep the focus, close with Escape, and give the focus back.

import { login } from "./api.js";
import { byId } from "./dom.js";

/** True: yes. */
export function confirmed(id) {
  const dialog = byId(id);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }));
}

/** True: logged in. Asked again as long as it is refused. */
export async function loggedIn() {
  // No button of the form's: Enter in a field presses the first of those.
  byId("ask-login").querySelector(".cancel").onclick = () => byId("ask-login").close();
  const hint = byId("login-hint").textContent;
  while (await confirmed("ask-login")) {
    try {
      await login(byId("login-email").value, byId("login-password").value);
      return true;
    } catch (e) {
      byId("login-hint").textContent = e.status === 404
        ? "이 서버에는 로그인이 없어요. 서버를 운영하는 사람에게 물어봐 주세요."
        : e.message;
    } finally {
      byId("login-password").value = "";
    }
  }

  byId("login-hint").textContent = hint;
  return false;
}

// All that this page leaves in the browser: the running session's id, until the tab is closed. It is what resuming needs.

const key = "bemore.session";

export const keptSession = {
  get: () => tryTo(() => sessionStorage.getItem(key)),
  set: (sessionId) => tryTo(() => sessionStorage.setItem(key, sessionId)),
  forget: () => tryTo(() => sessionStorage.removeItem(key)),
};

function tryTo(act) {
  try {
    return act();
  } catch {
    // A browser may forbid it. A reload then begins anew.
    return null;
  }
}

// What a screen reader is told: whole sentences, as they come, in a place of their own that nobody sees. The talk itself is no live region,
// or every piece of a sentence would be read.

import { byId, element } from "./dom.js";

/** Older lines have been read, or never will be. */
const most = 20;

export function announce(words) {
  const place = byId("announcer");
  place.append(element("p", {}, words));
  while (place.children.length > most) {
    place.firstChild.remove();
  }
}

export function announceNothing() {
  byId("announcer").replaceChildren();
}

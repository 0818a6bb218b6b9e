// Where help is: numbers in an answer become calls. The hub writes help-lines.js, out of the lines that it gives itself.

import { element } from "./dom.js";
import { helpLines } from "./help-lines.js";

const names = new Map(helpLines.map(({ number, name }) => [number, name]));

const number = new RegExp(`(?<![\\d-])(${[...names.keys()].join("|")})(?![\\d-])`, "g");

/** Those that a text names, each once, in its order. */
export const numbersIn = (text) => [...new Set(text.match(number) ?? [])];

/** A text as nodes, with its numbers as links. */
export function withCalls(text) {
  // Splitting by a group keeps what was found, at every second place.
  return text.split(number).map((part, i) => (i % 2 ? element("a", { href: `tel:${part}` }, part) : part));
}

/** A list of buttons that call. */
export function callsFor(numbers) {
  return element("ul", { class: "calls", "aria-label": "지금 전화할 수 있는 곳" }, ...numbers.map((found) =>
    element("li", {}, element("a", { href: `tel:${found}` }, element("b", {}, found), " ", element("span", {}, names.get(found))))));
}

// Where help is: numbers in an answer become calls. The same as in BeMore.Hub/Safety/help-lines.json.

import { element } from "./dom.js";

export const helpNumbers = {
  119: "구조와 구급",
  112: "경찰",
  109: "자살예방상담전화",
  "1577-0199": "정신건강위기상담전화",
  1388: "청소년상담전화",
  1366: "여성긴급전화",
};

const number = new RegExp(`(?<![\\d-])(${Object.keys(helpNumbers).join("|")})(?![\\d-])`, "g");

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
    element("li", {}, element("a", { href: `tel:${found}` }, element("b", {}, found), " ", element("span", {}, helpNumbers[found])))));
}

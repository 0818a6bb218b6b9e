// What every view is built with. Text is always text: nothing here, nor anywhere in the page, makes markup of it.

export const byId = (id) => document.getElementById(id);

/** An element with attributes (null: none) and children; strings become text. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same of SVG. */
export function shape(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

/** A button that does something. */
export function button(words, act, className = "quiet") {
  const made = element("button", { type: "button", class: className }, words);
  made.addEventListener("click", act);
  return made;
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }

  node.append(...children);
  return node;
}

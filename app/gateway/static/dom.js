// Making elements. Text goes in as text nodes only, so nothing that comes from outside is markup.

/** Return an element: `make("td", { class: "r", onclick: f }, "text", child, …)`; null children are left out. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export const find = (id) => document.getElementById(id);

/** Set the text of an element, touching the page only when it differs. */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

/** Replace what is in `element`. */
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

/** Say whether an event comes from where letters are typed. */
export const typing = (event) =>
  event.isComposing ||
  event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select") != null;

export const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

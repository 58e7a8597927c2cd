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

/** Replace what is in `element`; what is there already is left alone, and keeps the focus. */
export function fill(element, ...children) {
  const wanted = children.filter((child) => child !== null && child !== undefined);
  const there = [...element.childNodes];
  if (wanted.length === there.length && wanted.every((child, at) => child === there[at])) return;
  element.replaceChildren(...wanted);
}

/** Have a screen reader say `words` once it has said what it is at; the same words count again. */
export const announce = (words) => find("polite").replaceChildren(make("span", {}, words));

/** Say whether an event comes from where letters are typed. */
export const typing = (event) =>
  event.isComposing ||
  event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select") != null;

export const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

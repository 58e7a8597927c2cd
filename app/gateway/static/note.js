// A small window beside a button: the day's scans, what failed, the other running scans.

import { fill, find } from "./dom.js";

const note = find("note");
let opener = null;

/** Open the note below `button`, or close it if it is this button's already. */
export function openNote(button, children) {
  if (opener === button) return closeNote();
  closeNote();
  opener = button;
  fill(note, ...children);
  note.setAttribute("aria-label", children[0].textContent);
  note.hidden = false;
  const box = button.getBoundingClientRect();
  note.style.top = `${box.bottom + 6}px`;
  note.style.left = `${Math.max(12, Math.min(box.left, innerWidth - note.offsetWidth - 12))}px`;
  button.setAttribute("aria-expanded", "true");
  note.focus();
}

/** Close the note; say whether there was one. The focus goes back to where it came from. */
export function closeNote() {
  if (!opener) return false;
  const inside = note.contains(document.activeElement);
  note.hidden = true;
  opener.setAttribute("aria-expanded", "false");
  if (inside) opener.focus();
  opener = null;
  return true;
}

// Whoever tabs past its end is beside the button again, not at the end of the page.
note.addEventListener("keydown", ({ key, shiftKey, target }) => {
  const stops = [...note.querySelectorAll("button:enabled")];
  const end = shiftKey ? [note, stops[0]] : [stops.at(-1) ?? note];
  if (key === "Tab" && end.includes(target)) closeNote();
});

document.addEventListener("pointerdown", (event) => {
  if (opener && !note.contains(event.target) && !opener.contains(event.target)) closeNote();
});

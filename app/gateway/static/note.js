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
  note.setAttribute("aria-label", button.textContent);
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

document.addEventListener("pointerdown", (event) => {
  if (opener && !note.contains(event.target) && !opener.contains(event.target)) closeNote();
});

// What stands in the place of rows that are not there, and of a ticker that nobody has chosen yet.

import { fill, find, make, text } from "./dom.js";
import { clearFilters, filtering } from "./filters.js";
import { drawFirstStart } from "./first-start.js";
import { say, sayProblem } from "./language.js";
import { scheduleList } from "./schedule.js";
import { on, state } from "./state.js";

const LOADING_MS = 300; // before that, nothing says so
const startedAt = Date.now();

/** Show what there is to say while nothing is there. */
export function startEmpty() {
  on("empty system ready language scans feed", drawEmpty);
  on("selection system language", drawIdle);
  setTimeout(drawEmpty, LOADING_MS);
}

function drawEmpty() {
  const empty = find("empty");
  const rows = document.querySelector("#signals tr") !== null;
  const waiting = !state.loaded && Date.now() - startedAt < LOADING_MS;
  empty.hidden = rows || waiting;
  empty.classList.toggle("loading", !state.loaded && !state.trouble);
  if (empty.hidden) return;
  if (!state.loaded && state.trouble)
    fill(empty, make("p", {}, say("error.load", { reason: sayProblem(state.trouble) })));
  else if (!state.loaded) fill(empty, ...blocks());
  else if (state.signals.size && filtering()) drawNoMatch(empty);
  else drawFirstStart(empty);
}

const blocks = () => [
  make("p", { class: "unseen" }, say("loading")),
  ...Array.from({ length: 12 }, () => make("div", { class: "block", "aria-hidden": "true" })),
];

const noMatch = make("p");
const clear = make("button", { type: "button", class: "button", onclick: clearFilters });
const clearing = make("p", { class: "act-line" }, clear);

function drawNoMatch(empty) {
  fill(empty, noMatch, clearing);
  text(noMatch, say("none.match"));
  text(clear, say("filter.clear"));
}

// --- the idle detail ---

function drawIdle() {
  if (find("idle").hidden) return;
  fill(find("idle"), ...(state.system ? scheduleList() : []), make("p", {}, say("none.pick")));
}

// The table of signals: which rows are new, and which are held back because somebody reads: nothing
// may move under the pointer.

import { choices, toggleStar } from "./choices.js";
import { find, make, text } from "./dom.js";
import { admits } from "./filters.js";
import { say } from "./language.js";
import { dayOf, longDay, won } from "./numbers.js";
import { shownSignals, sortBy, sorting } from "./order.js";
import { COLUMNS, fillRow, makeRow } from "./row.js";
import { Slice } from "./slice.js";
import { changed, now, on, rowKey, state } from "./state.js";
import { drawFoot, drawHead } from "./table-frame.js";

const NEW_SECONDS = 120; // of the page being visible
const SETTLE_MS = 1500; // after the pointer has left

const scroller = find("rows");
const body = find("signals");
const rows = new Map(); // by key, of those in the page
const slice = new Slice(scroller, body, rowOf);
const fresh = new Map(); // key → seconds it is still new
const held = new Set();
const unspoken = new Set(); // that came, and that no screen reader was told of
let order = [];
let over = false; // the pointer is over the table
let walking = false; // a row is being walked to by keyboard
let settling = null;
let lastMinute = 0;
let opened = () => {};

/** Set the table up; `open(signal)` shows a row's ticker. */
export function startTable({ open }) {
  opened = open;
  body.replaceChildren();
  for (const button of document.querySelectorAll("thead button")) {
    button.addEventListener("click", () => (sortBy(button.dataset.sort), (scroller.scrollTop = 0), release()));
  }
  scroller.addEventListener("pointerenter", () => (over = true));
  scroller.addEventListener("pointerleave", () => ((over = false), settle()));
  scroller.addEventListener("scroll", scrolled, { passive: true });
  scroller.addEventListener("focusout", () => ((walking = false), settle()));
  body.addEventListener("click", clicked);
  find("held").addEventListener("click", () => (release(), focusFirst()));
  on("signals", arrive);
  window.matchMedia("(max-width: 899px)").addEventListener("change", redraw); // rows of other heights
  on("language filters stars", redraw);
  on("prices selection", refill);
  redraw();
}

function scrolled() {
  settle();
  if (slice.follow()) refill();
  changed("view");
}

// --- new rows ---

const reading = () => over || walking || scroller.scrollTop > 0;

function arrive() {
  const missed = [...state.arrived.values()].includes(true);
  const keys = arrivedKeys();
  state.arrived.clear();
  for (const key of keys) unspoken.add(key);
  if (keys.length && (missed || held.size || reading())) {
    for (const key of keys) held.add(key);
    refill();
    drawHeld();
  } else {
    for (const key of keys) fresh.set(key, NEW_SECONDS);
    redraw();
  }
  if (keys.length) changed("new");
}

/** Return the rows that came and that the filters let through. */
export const arrivedKeys = () => [...state.arrived.keys()].filter((key) => admits(state.signals.get(key)));

/** Once nobody reads any more: let held rows in, and bring rows into the order of the prices of now. */
function settle() {
  clearTimeout(settling);
  if (reading()) return;
  settling = setTimeout(() => {
    if (reading()) return;
    if (held.size) release();
    else if (choices.sort) redraw();
  }, SETTLE_MS);
}

/** Give the focus to the first row: what had it is hidden now. */
const focusFirst = () => body.querySelector("tr[data-key]")?.focus({ preventScroll: true });

/** Let the held rows in, at the top. */
export function release() {
  for (const key of held) fresh.set(key, NEW_SECONDS);
  held.clear();
  if (sorting().column === "time") scroller.scrollTop = 0;
  redraw();
}

/** Return how many rows came since it was last asked. */
export function takeUnspoken() {
  const n = unspoken.size;
  unspoken.clear();
  return n;
}

function drawHeld() {
  const button = find("held");
  button.hidden = held.size === 0;
  text(button.firstElementChild, say("filter.new", { n: won(held.size) }));
}

/** Say once a second that time has passed: rows get older while somebody can see them. */
export function tickTable() {
  let faded = false;
  if (!document.hidden) {
    for (const [key, left] of fresh) {
      if (left > 1) fresh.set(key, left - 1);
      else faded = fresh.delete(key) || faded;
    }
  }
  const minuteNow = Math.floor(now() / 60_000);
  if (!faded && minuteNow === lastMinute) return;
  lastMinute = minuteNow;
  refill();
}

// --- drawing ---

function redraw() {
  const signals = shownSignals();
  order = signals.map(rowKey);
  const focused = document.activeElement?.closest?.("#signals tr")?.dataset.key;
  slice.show(withDates(signals));
  refill();
  drawHead();
  drawHeld();
  drawFoot(signals.length);
  if (focused) rows.get(focused)?.tr.focus({ preventScroll: true });
  changed("view", "empty");
}

/** Write the rows that are in the page; forget those that are not. */
function refill() {
  const when = now();
  const dated = sorting().column !== "time";
  const keys = shownKeys();
  const stop = keys.has(selectedKey()) ? selectedKey() : keys.values().next().value;
  for (const [key, { tr }] of rows) if (!tr.isConnected) rows.delete(key);
  for (const key of keys) {
    const row = rows.get(key);
    fillRow(row, state.signals.get(key), { now: when, dated });
    row.tr.classList.toggle("new", fresh.has(key));
    row.tr.setAttribute("aria-selected", String(key === selectedKey()));
    row.tr.tabIndex = key === stop ? 0 : -1;
  }
}

const shownKeys = () =>
  new Set(slice.shown.filter((item) => item.words === undefined).map((item) => item.key));

/** Return the signals as items of the slice; where another day begins, a line says so. */
function withDates(signals) {
  const dated = sorting().column === "time";
  let day = dayOf(now());
  let lines = 0;
  return signals.flatMap((signal) => {
    const item = { key: rowKey(signal) };
    if (!dated || dayOf(signal.at) === day) return [item];
    day = dayOf(signal.at);
    lines += 1;
    const words = `${longDay(day)} · ${say(lines === 1 ? "date.previous" : "date.older")}`;
    return [{ key: day, words }, item];
  });
}

/** Return the row of an item, made once, as long as it is in the page. */
function rowOf({ key, words }) {
  if (!rows.has(key)) rows.set(key, words === undefined ? makeRow(key) : { tr: makeLine() });
  const { tr } = rows.get(key);
  if (words !== undefined) text(tr.firstElementChild, words);
  return tr;
}

const makeLine = () =>
  make("tr", { class: "date" }, make("th", { colspan: COLUMNS.length, scope: "rowgroup" }));

// --- choosing a row ---

const selectedKey = () => state.selected && `${state.selected.ticker}|${state.selected.strategy}`;

function clicked(event) {
  const key = event.target.closest("tr[data-key]")?.dataset.key;
  if (!key) return;
  const signal = state.signals.get(key);
  if (event.target.closest("button.star")) {
    toggleStar(signal.ticker);
    changed("stars");
  } else {
    opened(signal, { enter: true });
  }
}

/** Go `step` rows down (or up, if minus) and choose that row. */
export function walk(step) {
  if (!order.length) return;
  const at = order.indexOf(selectedKey());
  const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), order.length - 1);
  const signal = state.signals.get(order[next]);
  walking = true;
  opened(signal, { enter: false });
  slice.reveal(order[next]);
  refill();
  const { tr } = rows.get(order[next]);
  tr.focus({ preventScroll: true });
  tr.scrollIntoView({ block: "nearest" });
  walking = true; // moving the focus has ended it
}

/** Return the tickers of the rows in view, from the top: whose prices matter now. */
export function tickersInView() {
  const { top, bottom } = scroller.getBoundingClientRect();
  const inView = [...shownKeys()].filter((key) => {
    const box = rows.get(key)?.tr.getBoundingClientRect();
    return box?.height && box.bottom > top && box.top < bottom;
  });
  return [...new Set(inView.map((key) => state.signals.get(key).ticker))];
}

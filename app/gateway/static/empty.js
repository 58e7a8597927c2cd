// What stands in the place of rows that are not there, and of a ticker that nobody has chosen yet.

import { ask } from "./api.js";
import { fill, find, make } from "./dom.js";
import { clearFilters, filtering } from "./filters.js";
import { say, sayProblem } from "./language.js";
import { openNewScan } from "./new-scan.js";
import * as numbers from "./numbers.js";
import { now, on, state } from "./state.js";
import { comingScans, scanName, scheduleRows } from "./topbar.js";

const LOADING_MS = 300; // before that, nothing says so
const startedAt = Date.now();

/** Show what there is to say while nothing is there. */
export function startEmpty() {
  on("empty system ready language scans", drawEmpty);
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
  else if (state.signals.size && filtering()) fill(empty, ...noMatch());
  else fill(empty, ...firstStart());
}

const blocks = () => [
  make("p", { class: "unseen" }, say("loading")),
  ...Array.from({ length: 12 }, () => make("div", { class: "block", "aria-hidden": "true" })),
];

const noMatch = () => [
  make("p", {}, say("none.match")),
  make(
    "p",
    { class: "act-line" },
    make("button", { type: "button", class: "button", onclick: clearFilters }, say("filter.clear")),
  ),
];

function firstStart() {
  const next = comingScans()[0];
  const scanned = state.scans.some((scan) => scan.done > 0);
  const words = next
    ? say("none.words", { next: `${numbers.moment(next.at, now())} ${scanName(next)}` })
    : say("none.words_only");
  const button = make(
    "button",
    { type: "button", class: "button act", onclick: openNewScan },
    say("none.scan"),
  );
  button.disabled = state.feed.phase === "redis";
  return [
    make("h2", {}, say("none.title")),
    make("p", { class: "second" }, scanned ? say("none.found") : words),
    make("p", { class: "act-line" }, button, costOfAll()),
    make("dl", {}, ...readiness()),
    make(
      "p",
      { class: "second" },
      `${say("none.shell")}: `,
      make("code", {}, "scanner scan 005930 000660 --wait"),
    ),
  ];
}

function costOfAll() {
  const { tickers, calls, seconds } = state.estimate ?? {};
  if (!tickers) return "";
  return say("none.cost", {
    tickers: numbers.won(tickers),
    calls: numbers.won(calls),
    time: numbers.duration(seconds),
  });
}

/** Ask what a scan of everything would cost: only the empty page says so. */
export async function askCost() {
  if (state.signals.size || state.estimate) return;
  state.estimate = await ask("/api/scans/estimate", { market: "all" }).catch(() => null);
  drawEmpty();
}

function readiness() {
  const line = (ok, name, words, sign = ok ? "✓" : "✕") => [
    make("dt", { class: ok && sign === "✓" ? "ok" : "warn" }, sign),
    make("dt", {}, say(`ready.${name}`)),
    make("dd", {}, words),
  ];
  const parts = Object.fromEntries((state.ready?.parts ?? []).map((part) => [part.name, part.ready]));
  const { workers = [], broker } = state.system ?? {};
  const [redis, database, beat] = [parts.redis, parts.database, parts.beat].map((ready) => ready !== false);
  const lines = [
    line(redis, "redis", say(redis ? "ready.ok" : "ready.away")),
    line(database, "database", say(database ? "ready.ok" : "ready.away")),
    line(
      workers.length > 0,
      "worker",
      workers.length ? say("ready.workers", { n: workers.length }) : say("ready.no_worker"),
    ),
    line(beat, "beat", say(beat ? "ready.beat_ok" : "ready.no_beat")),
  ];
  if (broker)
    lines.push(line(true, "broker", say(`ready.${broker.mode}`), broker.mode === "mock" ? "!" : "✓"));
  return state.ready ? lines.flat() : [];
}

// --- the idle detail ---

function drawIdle() {
  if (find("idle").hidden) return;
  const rows = scheduleRows();
  fill(
    find("idle"),
    rows.length ? make("h2", {}, say("next.title")) : null,
    rows.length ? make("table", {}, ...rows) : null,
    make("p", {}, say("none.pick")),
  );
}

// What stands in the place of the rows before there was any signal: how to get one, what that costs,
// and which parts of the system are ready for it. Its elements stay, so that the focus does.

import { ask } from "./api.js";
import { fill, make, text } from "./dom.js";
import { say } from "./language.js";
import { openNewScan } from "./new-scan.js";
import * as numbers from "./numbers.js";
import { comingScans, scanName } from "./schedule.js";
import { changed, now, state } from "./state.js";
import { brokerName } from "./topbar.js";

const COMMAND = "scanner scan 005930 000660 --wait";
const PARTS = ["redis", "database", "scan_workers", "signal_workers", "beat", "broker"];

const title = make("h2");
const words = make("p", { class: "second" });
const button = make("button", { type: "button", class: "button act", onclick: openNewScan });
const cost = make("span");
const lines = PARTS.map((name) => [name, make("dt", { "aria-hidden": "true" }), make("dt"), make("dd")]);
const parts = make("dl", {}, ...lines.flatMap(([, ...cells]) => cells));
const where = make("span");
const shell = make("p", { class: "second" }, where, make("code", {}, COMMAND));
const all = [title, words, make("p", { class: "act-line" }, button, cost), parts, shell];

/** Show it in `place`, as things are now. */
export function drawFirstStart(place) {
  fill(place, ...all);
  text(title, say("none.title"));
  text(words, whatNext());
  text(button, say("none.scan"));
  button.disabled = state.feed.phase === "redis";
  button.title = button.disabled ? say("redis.words") : "";
  text(cost, costOfAll());
  text(where, `${say("none.shell")}: `);
  drawParts();
}

/** Say once a second that time has passed. */
export function tickFirstStart() {
  if (title.isConnected) drawParts();
}

/** Ask what a scan of everything would cost: only the empty page says so. */
export async function askCost() {
  if (state.signals.size || state.estimate) return;
  state.estimate = await ask("/api/scans/estimate", { market: "all" }).catch(() => null);
  changed("empty");
}

function whatNext() {
  if (state.scans.some((scan) => scan.done > 0)) return say("none.found");
  const next = comingScans()[0];
  if (!next) return say("none.words_only");
  return say("none.words", { next: `${numbers.moment(next.at, now())} ${scanName(next)}` });
}

function costOfAll() {
  if (!state.estimate) return "";
  const { tickers, calls, seconds } = state.estimate;
  if (!tickers) return say("new.unknown");
  const time = numbers.duration(seconds);
  return say("none.cost", { tickers: numbers.won(tickers), calls: numbers.won(calls), time });
}

// --- which parts are ready ---

function drawParts() {
  parts.hidden = !state.ready || !state.system;
  if (parts.hidden) return;
  const told = Object.fromEntries(state.ready.parts.map((part) => [part.name, part]));
  for (const [name, sign, label, value] of lines) {
    const { mark, said } = SAYING[name](told[name]);
    sign.className = mark === "✓" ? "ok" : "warn";
    text(sign, mark);
    text(label, say(`ready.${name}`));
    text(value, said);
  }
}

const marked = (ready, said) => ({ mark: ready ? "✓" : "✕", said });

const reached = ({ ready, version }) =>
  marked(ready, ready ? [say("ready.ok"), version].filter(Boolean).join(" · ") : say("ready.away"));

const working = ({ name, ready, count }) =>
  marked(ready, ready ? say("ready.workers", { n: count }) : say(`ready.no_${name}`));

const SAYING = {
  redis: reached,
  database: reached,
  scan_workers: working,
  signal_workers: working,
  beat: () => {
    const { alive, seen } = state.system.beat;
    if (!seen) return marked(alive, say("ready.never"));
    const time = numbers.duration((now() - Date.parse(seen)) / 1000);
    return marked(alive, say(alive ? "ready.seen" : "ready.unseen", { time }));
  },
  broker: () => {
    const { mode } = state.system.broker;
    return { mark: mode === "mock" ? "!" : "✓", said: say(`ready.${mode}`, { name: brokerName() }) };
  },
};

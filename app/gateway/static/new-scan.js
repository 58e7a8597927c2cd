// The dialog of a new scan: what, by which strategies, and what it costs before it starts.

import { ask } from "./api.js";
import { find, make } from "./dom.js";
import { say, sayProblem } from "./language.js";
import * as numbers from "./numbers.js";
import { scanName } from "./schedule.js";
import { start } from "./start.js";
import { on, state } from "./state.js";

const PAUSE_MS = 250; // between the last letter and the question what it costs
const TICKER = /^[0-9A-Z]{6}$/;

const dialog = find("scan-dialog");
const form = dialog.querySelector("form");
const buttons = document.querySelectorAll(".new-scan");
let timer = null;
let asked = 0; // counts questions, so that a late answer does not replace a newer one

/** Make the dialog and the buttons that open it work. */
export function startNewScan() {
  for (const button of buttons) button.addEventListener("click", openNewScan);
  form.addEventListener("input", countSoon);
  form.addEventListener("submit", (event) => (event.preventDefault(), startChosen()));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  on("language feed", drawButtons);
}

function drawButtons() {
  const redis = state.feed.phase === "redis";
  for (const button of buttons) {
    button.disabled = redis;
    button.title = redis ? say("redis.words") : "";
  }
}

/** Open the dialog of a new scan. */
export function openNewScan() {
  if (dialog.open || state.feed.phase === "redis") return;
  dialog.showModal();
  count();
}

function chosen() {
  const data = new FormData(form);
  const what = data.get("what");
  const strategies = data.getAll("strategy");
  if (what !== "tickers") return { market: what, strategies };
  const tickers = find("codes")
    .value.toUpperCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return { tickers, strategies };
}

function fault({ tickers, strategies }) {
  const bad = (tickers ?? []).filter((each) => !TICKER.test(each));
  if (bad.length) return say("new.bad", { codes: bad.join(", ") });
  return strategies.length ? "" : say("new.choose");
}

function countSoon(event) {
  const named = new FormData(form).get("what") === "tickers";
  find("codes").hidden = !named;
  if (named && event.target.name === "what") find("codes").focus();
  find("start").disabled = true;
  clearTimeout(timer);
  timer = setTimeout(count, PAUSE_MS);
}

async function count() {
  const scan = chosen();
  const wrong = fault(scan);
  const nothing = scan.tickers?.length === 0;
  find("start").disabled = wrong !== "" || nothing;
  if (wrong || nothing) return tellCost([wrong], wrong !== "");
  const question = ++asked;
  tellCost([say("new.counting")]);
  try {
    const query = { tickers: scan.tickers, market: scan.market, strategy: scan.strategies };
    const estimate = await ask("/api/scans/estimate", query);
    if (question === asked) tellCost(costInWords(estimate));
  } catch (problem) {
    if (question === asked) tellCost([say("error.load", { reason: sayProblem(problem) })], true);
  }
}

function costInWords({ tickers, calls, seconds, delays, reason }) {
  if (reason) return [say("new.unknown")];
  const cost = say("new.cost", {
    tickers: numbers.won(tickers),
    calls: numbers.won(calls),
    time: numbers.duration(seconds),
  });
  if (!delays.length) return [cost, say("new.free")];
  const [first] = delays;
  const running = state.scans.find((scan) => scan.name === first.name && scan.state === "running");
  const values = { name: scanName(first), time: numbers.duration(first.seconds) };
  if (!running?.expected_end) return [cost, say("new.delays_some", values)];
  const end = numbers.hourMinute(Date.parse(running.expected_end) + first.seconds * 1000);
  return [cost, say("new.delays", { ...values, end })];
}

function tellCost(lines, wrong = false) {
  find("cost").classList.toggle("warn", wrong);
  find("cost").replaceChildren(...lines.flatMap((line, at) => (at ? [make("br"), line] : [line])));
}

async function startChosen() {
  const scan = chosen();
  if (fault(scan)) return;
  find("start").disabled = true;
  tellCost([say("new.starting")]);
  try {
    await start(scan);
    dialog.close();
  } catch (problem) {
    tellCost([say("new.error", { reason: sayProblem(problem) })], true);
  }
  find("start").disabled = false;
}

// Scanning the open ticker alone. Its button tells how far the scan is.

import { ask } from "./api.js";
import { complain, load, openedTicker } from "./detail.js";
import { announce, find, text } from "./dom.js";
import { say, sayName, sayProblem } from "./language.js";
import * as numbers from "./numbers.js";
import { start } from "./start.js";
import { now, on, state } from "./state.js";

const GIVEN_UP_MS = 90_000; // a scan that no worker has taken by then never starts
const UNDONE = ["FAILED", "NOT_REACHED", "UNKNOWN_TICKER"]; // anything else is a result
let mine = null; // { id, ticker, since, stage, at }; stages are queued, scanning, done
let cost = null; // { ticker, calls }: what was asked last

/** Make the button work. */
export function startScanNow() {
  find("scan-now").addEventListener("click", scanNow);
  for (const near of ["pointerenter", "focus"]) find("scan-now").addEventListener(near, tellCost);
  on("scans", watchMine);
  on("language selection feed", drawScanNow);
}

/** Scan the open ticker now. */
export async function scanNow() {
  const ticker = openedTicker();
  if (!ticker || state.feed.phase === "redis" || busy(ticker)) return;
  complain("");
  mine = { id: null, ticker, since: Date.now(), stage: "queued" };
  drawScanNow();
  try {
    mine.id = await start({ tickers: [ticker] });
  } catch (problem) {
    mine = null;
    complain(say("detail.failed", { reason: sayProblem(problem) }));
  }
  drawScanNow();
}

const busy = (ticker) => mine?.ticker === ticker && mine.stage !== "done";

/** Follow the scan of the open ticker: taken by a worker, done, failed, or never taken. */
function watchMine() {
  if (!mine?.id || mine.stage === "done") return;
  const scan = state.scans.find((each) => each.id === mine.id);
  if (scan?.state === "running") mine.stage = "scanning";
  else if (scan) finish(scan);
  else if (Date.now() - mine.since > GIVEN_UP_MS) finish({ state: "failed", reason: say("no.worker") });
  drawScanNow();
}

function finish(scan) {
  mine.stage = "done";
  mine.at = now();
  const trouble = scan.failed?.[0];
  const failed = scan.state === "failed" || UNDONE.includes(trouble?.status);
  if (mine.ticker !== openedTicker()) return;
  if (failed) {
    const reason = trouble ? sayName("status", trouble.status, trouble.reason) : scan.reason;
    complain(say("detail.failed", { reason }));
    mine = null;
  } else {
    announce(say("detail.updated", { at: numbers.clock(mine.at) }));
    load();
  }
}

function drawScanNow() {
  const ticker = openedTicker();
  const own = mine?.ticker === ticker ? mine : null;
  const redis = state.feed.phase === "redis";
  const words = {
    queued: () => say("detail.queued"),
    scanning: () => say("detail.scanning"),
    done: () => say("detail.updated", { at: numbers.clock(own.at) }),
  };
  text(find("scan-now").firstElementChild, own ? words[own.stage]() : say("detail.scan"));
  find("scan-now").classList.toggle("long", own !== null);
  find("scan-now").disabled = redis;
  find("scan-now").setAttribute("aria-disabled", String(busy(ticker))); // it keeps the focus meanwhile
  const told = cost?.ticker === ticker ? say("detail.scan_cost", { calls: numbers.won(cost.calls) }) : "";
  find("scan-now").title = redis ? say("redis.words") : told;
}

/** Say in the tooltip what the scan would cost: whoever comes near the button may want to know. */
async function tellCost() {
  const ticker = openedTicker();
  if (!ticker || find("scan-now").disabled) return;
  const { calls } = await ask("/api/scans/estimate", { tickers: ticker }).catch(() => ({}));
  if (calls === undefined) return;
  cost = { ticker, calls };
  drawScanNow();
}

/** Look once a second at the scan of the open ticker while the feed may have missed it. */
export function tickScanNow() {
  if (mine?.id && mine.stage !== "done") {
    state.wanted.add("scans");
    watchMine();
  }
}

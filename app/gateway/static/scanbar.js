// The scan bar: what runs and how far it is, how fast the account is used, what failed.

import { find, text } from "./dom.js";
import { drawGraph, meanRate } from "./graph.js";
import { say } from "./language.js";
import { openNote } from "./note.js";
import * as numbers from "./numbers.js";
import { hourMinute, won } from "./numbers.js";
import { failedNumber, failureNote, runningNote } from "./scan-notes.js";
import { comingScans, scanName } from "./schedule.js";
import { now, on, state } from "./state.js";

const ESTIMATING_MS = 10_000;
const PENDING_MS = 60_000; // a scan that was asked for expires in its queue

/** Make the bar work. */
export function startScanbar() {
  on("scans system language", drawScan);
  on("quota language", drawQuota);
  on("scans system quota language", drawCells);
  find("failed").addEventListener("click", () => openNote(find("failed"), failureNote(shownScan())));
  find("scan-more").addEventListener("click", () => openNote(find("scan-more"), runningNote(runningScans())));
}

/** Say once a second that time has passed. */
export function tickScanbar() {
  drawScan();
  if (!document.hidden) drawGraph(state.rates, state.quota?.limit, now());
}

// --- which scan ---

const runningScans = () =>
  state.scans.filter((scan) => scan.state === "running").sort((one, other) => one.priority - other.priority);

/** Return the scan to show: the running one that a person started, else any, else the last one. */
function shownScan() {
  return runningScans()[0] ?? state.scans.find((scan) => scan.total > 0 || scan.state === "failed") ?? null;
}

function drawScan() {
  const scan = shownScan();
  const running = scan?.state === "running";
  const others = runningScans().length - 1;
  find("progress").classList.toggle("rest", !running);
  find("scan-more").hidden = others < 1;
  text(find("scan-more"), others > 0 ? say("bar.more", { n: others }) : "");
  const line = running ? lineOfRunning(scan) : lineOfRest(scan);
  for (const name of ["name", "start", "count", "percent", "left", "end"])
    tell(find(`scan-${name}`), line[name] ?? "");
  drawProgress(scan);
  drawTrouble();
}

/** Write words that may be cut off, where there is no room, and all of them into the tooltip. */
function tell(element, words) {
  text(element, words);
  if (element.title !== words) element.title = words;
}

function lineOfRunning(scan) {
  const waited = now() - Date.parse(scan.created_at);
  const estimating = waited < ESTIMATING_MS || scan.seconds_left === null;
  const seconds = Math.max(0, (Date.parse(scan.expected_end) - now()) / 1000);
  const time = numbers.duration(seconds);
  return {
    name: scanName(scan),
    start: say("bar.start", { at: hourMinute(scan.created_at) }),
    count: say("bar.tickers", { done: won(scan.done), total: won(scan.total) }),
    percent: `${Math.floor((100 * scan.done) / Math.max(scan.total, 1))}%`,
    left: estimating ? say("bar.estimating") : say("bar.left", { time }),
    end: estimating ? "" : say("bar.end", { at: hourMinute(scan.expected_end) }),
  };
}

function lineOfRest(scan) {
  if (isPending()) return { name: say("bar.queued") };
  const name = say("bar.none");
  if (!scan) {
    const next = comingScans()[0];
    return {
      name,
      start: next ? say("bar.next", { scan: `${numbers.moment(next.at, now())} ${scanName(next)}` }) : "",
    };
  }
  if (scan.state === "failed")
    return { name, start: `${scanName(scan)} · ${say("bar.state.failed", { reason: scan.reason })}` };
  if (scan.state === "overdue")
    return {
      name,
      start: `${scanName(scan)} · ${say("bar.state.overdue", { at: hourMinute(scan.closed_at) })}`,
    };
  const times = `${hourMinute(scan.created_at)}–${hourMinute(scan.closed_at ?? scan.created_at)}`;
  const values = {
    name: scanName(scan),
    times,
    total: won(scan.total),
    signals: scan.signals,
    failed: failedNumber(scan),
  };
  return { name, start: say("bar.last", values) };
}

/** Say whether a scan was started here that no worker has taken yet; after a while none will. */
function isPending() {
  const { pending } = state;
  const taken = state.scans.some((scan) => scan.id === pending?.id);
  if (taken || Date.now() - pending?.since > PENDING_MS) state.pending = null;
  return state.pending !== null;
}

function drawProgress(scan) {
  const [done, failed] = find("progress").children;
  const share = (number) => `${(100 * number) / Math.max(scan?.total ?? 1, 1)}%`;
  const bad = scan ? failedNumber(scan) : 0;
  done.style.width = share((scan?.done ?? 0) - bad);
  failed.style.width = share(bad);
  find("progress").setAttribute(
    "aria-valuenow",
    String(Math.round((100 * (scan?.done ?? 0)) / Math.max(scan?.total ?? 1, 1))),
  );
}

function drawTrouble() {
  tell(find("trouble"), state.system && state.feed.phase === "live" ? whoIsMissing(state.system) : "");
}

function whoIsMissing({ workers, scan_workers: scanning, signal_workers: keeping, beat }) {
  if (!workers.length) return say("no.worker");
  if (!scanning) return say("no.scan_worker");
  if (!keeping) return say("no.signal_worker");
  if (beat.alive) return "";
  if (!beat.seen) return say("no.beat_ever");
  return say("no.beat", { time: numbers.duration((now() - Date.parse(beat.seen)) / 1000) });
}

// --- cells ---

function drawCells() {
  const scan = shownScan();
  const failed = scan ? failedNumber(scan) : 0;
  text(find("found"), String(scan?.signals ?? 0));
  text(find("failed"), failed ? `${won(failed)} ▾` : "0");
  find("failed").classList.toggle("some", failed > 0);
  find("failed").disabled = failed === 0;
  text(find("refused"), won(state.refusedToday));
  text(find("waiting"), won(state.quota?.waiting ?? 0));
  text(find("queued"), won(queuedNow()));
  const { rate, limit } = pace();
  const values = { rate, limit, refused: won(state.refusedToday), queued: won(queuedNow()) };
  text(find("scan-phone"), say("cell.phone", values));
}

const queuedNow = () => {
  const open = runningScans().reduce((sum, scan) => sum + scan.total - scan.done, 0);
  return Math.max(open, state.system?.queues?.broker ?? 0);
};

const pace = () => {
  const limit = state.quota?.limit;
  const rate = meanRate(state.rates, limit ?? Infinity);
  return { rate: numbers.plain(rate, 2), limit: numbers.plain(limit, 2) };
};

function drawQuota() {
  const pause = state.quota?.pause_seconds ?? 0;
  const recent = state.rates.slice(-30).some((each) => each.refused > 0);
  const resting = pause > 0 && recent;
  const [value, rest] = find("rate").children;
  const { rate, limit } = pace();
  text(value, resting ? say("refusing", { left: Math.ceil(pause) }) : rate);
  text(rest, resting ? "" : `/ ${limit}`);
  find("cell-rate").classList.toggle("resting", resting);
  drawGraph(state.rates, state.quota?.limit, now());
}

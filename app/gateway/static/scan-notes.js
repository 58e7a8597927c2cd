// What opens below the scan bar: the tickers that were not scored, and the other running scans.

import { ask } from "./api.js";
import { make, text } from "./dom.js";
import { say, sayName, sayProblem } from "./language.js";
import { closeNote } from "./note.js";
import { hourMinute, won } from "./numbers.js";
import { scanName } from "./schedule.js";
import { start } from "./start.js";
import { state } from "./state.js";

const NAMED = 6; // tickers that failed for one reason

const failures = (scan) => scan.failed ?? [];
/** Return how many tickers of a scan were not scored. */
export const failedNumber = (scan) => failures(scan).reduce((sum, each) => sum + each.tickers.length, 0);

/** Return what was not scored, by reason; only what may end otherwise is offered again. */
export function failureNote(scan) {
  const rows = failures(scan).map((each) => {
    const names = make("td", { class: "names" }, each.tickers.slice(0, NAMED).join(", "));
    nameThem(names, each.tickers);
    return make(
      "tr",
      { title: each.reason },
      make("td", {}, sayName("status", each.status, each.reason)),
      make("td", { class: "number" }, won(each.tickers.length)),
      names,
    );
  });
  const again = failures(scan)
    .filter((each) => each.may_repeat)
    .flatMap((each) => each.tickers);
  const button = make(
    "button",
    { type: "button", class: "button", onclick: () => scanAgain(again, button) },
    say("failures.again", { n: won(again.length) }),
  );
  button.disabled = state.feed.phase === "redis";
  const foot = again.length
    ? [button, again.length < failedNumber(scan) ? say("failures.rest") : ""]
    : [say("failures.same")];
  return [
    make("h2", {}, say("failures.title", { n: won(failedNumber(scan)) })),
    make("table", {}, ...rows),
    make("p", { class: "foot" }, ...foot),
  ];
}

/** Write tickers with their names into a cell, as soon as they are known. */
async function nameThem(cell, tickers) {
  const named = await Promise.all(tickers.slice(0, NAMED).map(withName));
  text(cell, named.join(", ") + (tickers.length > NAMED ? " …" : ""));
}

const withName = (ticker) =>
  ask("/api/tickers", { q: ticker, limit: 1 }).then(
    ({ tickers: [first] }) => (first?.name ? `${ticker} ${first.name}` : ticker),
    () => ticker,
  );

/** Start a scan of the tickers from `button`; what kept it from starting is said beside it. */
async function scanAgain(tickers, button) {
  button.disabled = true;
  try {
    await start({ tickers });
    closeNote();
  } catch (problem) {
    button.disabled = false;
    const words = say("new.error", { reason: sayProblem(problem) });
    button.parentElement.replaceChildren(button, make("b", { class: "warn", role: "alert" }, words));
  }
}

/** Return the running scans, and when each should be done. */
export function runningNote(scans) {
  const rows = scans.map((scan) =>
    make(
      "tr",
      {},
      make("td", {}, scanName(scan)),
      make("td", { class: "number" }, say("bar.tickers", { done: won(scan.done), total: won(scan.total) })),
      make("td", {}, scan.expected_end ? say("bar.end", { at: hourMinute(scan.expected_end) }) : ""),
    ),
  );
  return [make("h2", {}, say("bar.running")), make("table", {}, ...rows)];
}

// The history of the open ticker: what a strategy said of it, scan by scan, with what became of its
// signals and the looks that gave none. Asked for a page at a time; more when its end comes into view.

import { ask, retry } from "./api.js";
import { fill, find, make } from "./dom.js";
import { say, sayName, sayProblem } from "./language.js";
import * as numbers from "./numbers.js";
import { dayOf, hourMinute, monthDay } from "./numbers.js";
import { now, OVER } from "./state.js";

const list = find("history").querySelector("ol");
const end = new IntersectionObserver(([seen]) => seen.isIntersecting && more());
let shown = null; // { ticker, strategy, since, entries, next, problem }

/** Show what `strategy` said of a ticker; another `since` means that there may be more. */
export function showHistory(ticker, strategy, since) {
  const same = shown?.ticker === ticker && shown.strategy === strategy;
  if (!same || shown.since !== since) {
    shown = { ticker, strategy, since, entries: same ? shown.entries : null, next: null, problem: null };
    if (since) load(shown, {});
  }
  draw();
}

const more = () => shown.next && load(shown, { before: shown.next });

async function load(mine, query) {
  mine.next = null; // asked once
  try {
    const path = `/api/tickers/${mine.ticker}/history`;
    const { history, next } = await ask(path, { strategy: mine.strategy, ...query });
    mine.entries = query.before ? [...mine.entries, ...history] : history;
    Object.assign(mine, { next, problem: null });
  } catch (problem) {
    mine.problem = problem;
    retry(problem, () => shown === mine && load(mine, query));
  }
  if (shown === mine) draw();
}

function draw() {
  end.disconnect();
  const rows = (shown.entries ?? []).map(row);
  const { entries, next, problem } = shown;
  if (problem) rows.push(make("li", { class: "warn" }, say("error.load", { reason: sayProblem(problem) })));
  else if (next) rows.push(make("li", { class: "second" }, "…"));
  else if (entries && !rows.length) rows.push(make("li", { class: "second" }, say("history.none")));
  fill(list, ...rows);
  if (next && !problem) end.observe(list.lastElementChild);
}

function row({ at, kind, life, reason, score, state, status }) {
  const over = OVER.includes(life);
  const [word, beside] =
    status !== "OK"
      ? [sayName("status", status, reason), ""]
      : over
        ? [sayName("life", life), ""]
        : [sayName(`state.${shown.strategy}`, state), sayName("kind", kind, "")];
  const day = dayOf(at) === dayOf(now()) ? hourMinute(at) : monthDay(dayOf(at));
  return make(
    "li",
    {},
    make("time", { datetime: at, title: numbers.moment(at, 0) }, day),
    make("span", { title: reason }, word, beside ? make("small", {}, ` ${beside}`) : null),
    make("span", {}, numbers.score(score)),
  );
}

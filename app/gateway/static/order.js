// Which rows the table shows, and in which order: the newest first, or by a column that was chosen.

import { choices, choose } from "./choices.js";
import { admits } from "./filters.js";
import { priceOf, riskMultiple, standingOf, state } from "./state.js";

const WORDS = ["name", "ticker", "strategy", "state"]; // columns that begin with their first letter

const KEYS = {
  time: (signal) => signal.at,
  name: (signal) => signal.name || signal.ticker,
  ticker: (signal) => signal.ticker,
  strategy: (signal) => signal.strategy,
  grade: (signal) => "CBAS".indexOf(signal.grade),
  score: (signal) => signal.score,
  state: (signal) => standingOf(signal, priceOf(signal).price).text.join("."),
  price: (signal) => priceOf(signal).price,
  change: (signal) => priceOf(signal).change,
  value: (signal) => priceOf(signal).value,
  entry: (signal) => signal.entry,
  target: (signal) => signal.target,
  stop: (signal) => signal.stop,
  r: (signal) => riskMultiple(signal, priceOf(signal).price),
};

/** Return the column that sorts the rows, and whether upwards. */
export const sorting = () => {
  const [column, direction] = choices.sort.split(".");
  return KEYS[column] ? { column, up: direction === "up" } : { column: "time", up: false };
};

/** Sort by a column; by the same one again: the other way round. */
export function sortBy(column) {
  const current = sorting();
  const up = current.column === column ? !current.up : WORDS.includes(column);
  choose({ sort: column === "time" && !up ? "" : `${column}.${up ? "up" : "down"}` });
}

/** Sort by a column; what is missing comes last both ways, and the newest of equals first. */
function sorted(signals, { column, up }) {
  if (column === "time" && !up) return signals.sort(newestFirst);
  const keyed = signals.map((signal) => [KEYS[column](signal) ?? null, signal]);
  keyed.sort(([a, one], [b, other]) => {
    const missing = (a === null) - (b === null);
    if (missing) return missing;
    const difference = typeof a === "string" ? collator.compare(a, b) : a - b;
    return (up ? difference : -difference) || newestFirst(one, other);
  });
  return keyed.map(([, signal]) => signal);
}

const collator = new Intl.Collator("ko");
const minute = (signal) => Math.floor(KEYS.time(signal) / 60_000);

function newestFirst(one, other) {
  return minute(other) - minute(one) || other.score - one.score || one.ticker.localeCompare(other.ticker);
}

/** Return the signals to show, in their order. */
export const shownSignals = () => sorted([...state.signals.values()].filter(admits), sorting());

// The chips above the table: strategies with their counts, grades, what can be taken now, watched.

import { choices, choose, watched } from "./choices.js";
import { text } from "./dom.js";
import { won } from "./numbers.js";
import { changed, priceOf, standingOf, state } from "./state.js";

export const STRATEGIES = ["vcp", "volatility_breakout", "closing_bet", "smart_money"];
const NONE = { strategy: "", grade: "all", actionable: "", watched: "" };

/** Say whether the filters let a signal through. */
export const admits = (signal) =>
  (!choices.strategy || signal.strategy === choices.strategy) && admitsBeside(signal);

function admitsBeside(signal) {
  if (choices.grade === "S" && signal.grade !== "S") return false;
  if (choices.grade === "A" && !"SA".includes(signal.grade)) return false;
  if (choices.watched && !watched(signal.ticker)) return false;
  if (!choices.actionable) return true;
  return signal.actionable && !standingOf(signal, priceOf(signal).price).over;
}

/** Make the chips work. */
export function startFilters() {
  for (const chip of document.querySelectorAll("#filters [data-filter]")) {
    chip.addEventListener("click", () => press(chip.dataset.filter, chip.dataset.value));
  }
  counts();
}

/** Show every row. */
export const clearFilters = () => filter(NONE);

/** Choose the strategy at a place of the list; 0 is all of them. */
export const chooseStrategy = (place) => filter({ strategy: STRATEGIES[place - 1] ?? "" });

function press(name, value) {
  const off = name === "grade" ? "all" : "";
  filter({ [name]: choices[name] === value ? off : value });
}

function filter(changes) {
  choose(changes);
  counts();
  changed("filters");
}

/** Write how many signals each strategy has, and press the chips that are chosen. */
export function counts() {
  const among = [...state.signals.values()].filter(admitsBeside);
  for (const chip of document.querySelectorAll("#filters [data-filter]")) {
    const { filter: name, value } = chip.dataset;
    chip.setAttribute("aria-pressed", String(choices[name] === value));
    if (name !== "strategy") continue;
    const number = among.filter((signal) => !value || signal.strategy === value).length;
    text(chip.querySelector("small"), number ? won(number) : "");
  }
}

/** Say whether any filter hides rows. */
export const filtering = () => Object.entries(NONE).some(([name, off]) => choices[name] !== off);

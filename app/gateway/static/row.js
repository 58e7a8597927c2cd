// One row of the table of signals: made once, then only the texts that differ are changed.

import { watched } from "./choices.js";
import { calm, make, text } from "./dom.js";
import { language, say, sayName } from "./language.js";
import * as numbers from "./numbers.js";
import { dayOf, hourMinute, monthDay } from "./numbers.js";
import { isLive, priceOf, riskMultiple, standingOf } from "./state.js";

export const COLUMNS =
  "star time name ticker strategy grade score state price change value entry target stop r".split(" ");
const TINT_MS = 300;

/** Return an empty row for `fillRow`. */
export function makeRow(key) {
  const cells = Object.fromEntries(
    COLUMNS.map((name) => [name, make(name === "name" ? "th" : "td", { class: name })]),
  );
  cells.name.scope = "row";
  const star = make("button", { type: "button", class: "star", tabindex: "-1" }, "★");
  cells.star.append(star);
  const grade = make("span");
  cells.grade.append(grade);
  const [word, mark] = [make("span"), make("abbr")];
  cells.state.append(word, " ", mark);
  const tr = make(
    "tr",
    { "data-key": key, tabindex: "-1", "aria-selected": "false" },
    ...Object.values(cells),
  );
  return { tr, cells, star, grade, word, mark };
}

/** Show `signal` in a row; `now` in ms says how old it is, `dated` that other days show their date. */
export function fillRow(row, signal, { now, dated }) {
  const quote = priceOf(signal);
  if (isShown(row, [signal, ...Object.values(quote), minuteOf(now), dated, language(), watched(signal.ticker)]))
    return;
  const { cells, tr } = row;
  const standing = standingOf(signal, quote.price);
  tr.classList.toggle("over", standing.over);
  fillTime(cells.time, signal, now, dated);
  fillName(row, signal);
  text(cells.strategy, sayName("strategy", signal.strategy));
  text(row.grade, signal.grade);
  row.grade.className = `grade ${signal.grade}`;
  text(cells.score, numbers.score(signal.score));
  fillState(row, signal, standing);
  tr.setAttribute("aria-label", inWords(cells, signal)); // what is heard first of a row
  fillPrice(cells, signal, quote, tr);
  for (const name of ["entry", "target", "stop"]) {
    text(cells[name], numbers.won(signal[name]));
    cells[name].classList.toggle("long", signal[name] >= 1e6);
    cells[name].classList.toggle("none", signal[name] === null);
  }
  cells.entry.dataset.label = say("level.entry"); // shown where there are no heads
  const ratio = riskMultiple(signal, quote.price);
  text(cells.r, numbers.multiple(ratio));
  cells.r.classList.toggle("none", ratio === null);
}

const inWords = ({ name, strategy, state }, { grade, score }) =>
  `${name.textContent}, ${strategy.textContent} ${grade} ${numbers.score(score)}, ${state.title}`;

/** Say whether a row shows these values already, and note them. */
function isShown(row, values) {
  const same = row.shown?.every((value, at) => value === values[at]);
  row.shown = values;
  return same;
}

const minuteOf = (at) => Math.floor(at / 60_000);

/** Return how old a signal is, in words: 방금, 3분, 10:08, and 01/24 where its day is not said above.
 * Minutes are those of the clock, so that all ages change at once and stay in the order of the rows. */
export function age(at, now, dated) {
  const minutes = minuteOf(now) - minuteOf(Date.parse(at));
  if (minutes < 1) return say("age.now");
  if (minutes < 60) return say("age.minutes", { n: minutes });
  return dated && dayOf(at) !== dayOf(now) ? monthDay(dayOf(at)) : hourMinute(at);
}

function fillTime(cell, signal, now, dated) {
  text(cell, age(signal.changed_at, now, dated));
  const at = Date.parse(signal.changed_at);
  cell.title = `${dayOf(at)} ${numbers.clock(at)} KST · ${say("row.local", { at: numbers.local(at) })}`;
}

function fillName({ cells, star, tr }, signal) {
  text(cells.name, signal.name || signal.ticker);
  cells.name.title = signal.name || signal.ticker;
  text(cells.ticker, signal.ticker);
  const on = watched(signal.ticker);
  tr.classList.toggle("watched", on);
  star.setAttribute("aria-pressed", String(on));
  star.setAttribute("aria-label", `${say(on ? "star.remove" : "star.add")}: ${signal.name || signal.ticker}`);
}

function fillState({ cells, word, mark }, signal, standing) {
  const said = sayName(...standing.text);
  text(word, said);
  const provisional = signal.provisional && !standing.over;
  text(mark, provisional ? say("provisional") : "");
  mark.title = provisional ? say("provisional.title") : "";
  cells.state.title = provisional ? `${said}, ${say("provisional")}` : said;
}

function fillPrice(cells, signal, quote, tr) {
  const before = cells.price.textContent;
  const direction = !quote.fresh ? "" : quote.change > 0 ? "up" : quote.change < 0 ? "down" : "even";
  for (const name of ["price", "change"]) {
    cells[name].classList.remove("up", "down", "even");
    if (direction) cells[name].classList.add(direction);
  }
  text(cells.price, numbers.won(quote.price));
  cells.price.classList.toggle("long", quote.price >= 1e6);
  text(cells.change, numbers.change(quote.change));
  text(cells.value, numbers.valueColumn(quote.value));
  const moved = before && tr.isConnected && before !== cells.price.textContent;
  if (moved && isLive(signal.ticker) && !calm.matches) tint(cells.price);
}

function tint(cell) {
  cell.classList.add("moved");
  setTimeout(() => cell.classList.remove("moved"), TINT_MS);
}

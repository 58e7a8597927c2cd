// What a result rests on, below the chart: levels, gates, the score's components.

import { fill, find, make, text } from "./dom.js";
import { say, sayName } from "./language.js";
import * as numbers from "./numbers.js";
import { gateNeed, gatesOf, gateValue } from "./words.js";

/** Show entry, target, stop, the risk, the size, and where `price` stands in multiples of the risk. */
export function drawLevels(result, price) {
  const { entry, target, stop, quantity } = result ?? {};
  const away = (level, name) =>
    entry && level ? [" ", make("small", { class: name }, numbers.signedPercent(level / entry - 1))] : [];
  const risk = entry && stop ? entry - stop : null;
  const cells = [
    ["entry", numbers.won(entry)],
    ["target", numbers.won(target), ...away(target, "up")],
    ["stop", numbers.won(stop), ...away(stop, "down")],
    ["risk", risk === null ? numbers.NONE : say("level.won", { n: numbers.won(risk) })],
    ["size", typeof quantity === "number" ? say("level.shares", { n: numbers.won(quantity) }) : numbers.NONE],
    ["now", risk ? `${numbers.multiple((price - entry) / risk, 2)}R` : numbers.NONE],
  ];
  const boxes = cells.map(([name, ...value]) =>
    make("div", { class: name }, make("dt", {}, say(`level.${name}`)), make("dd", {}, ...value)),
  );
  fill(find("levels"), ...boxes);
}

/** Show each gate with its value and what it needs; a failed one is tinted. */
export function drawGates(strategy, result) {
  const gates = gatesOf(result);
  const met = gates.filter((gate) => gate.passed).length;
  text(find("gates-met"), gates.length ? say("gates.passed", { n: gates.length, met }) : "");
  const rows = gates.map((gate) => gateRow(strategy, gate, result.facts));
  if (!rows.length)
    rows.push(make("tr", {}, make("td", { class: "none", colspan: 3 }, result ? say("gates.none") : "")));
  fill(find("gates").tBodies[0], ...rows);
}

function gateRow(strategy, gate, facts) {
  const mark = make(
    "span",
    { class: "mark" },
    make("span", { "aria-hidden": "true" }, gate.passed ? "✓" : "✕"),
  );
  mark.append(make("span", { class: "unseen" }, say(gate.passed ? "gates.yes" : "gates.no")));
  const value = make(
    "td",
    {},
    gate.name === "trend" ? conditions(facts.trend?.conditions ?? {}) : null,
    gateValue(gate, facts),
  );
  return make(
    "tr",
    { class: gate.passed ? null : "failed" },
    make("th", { scope: "row" }, mark, sayName(`gate.${strategy}`, gate.name)),
    value,
    make("td", {}, gateNeed(gate)),
  );
}

/** Return the conditions of the trend as a dot each, with its name as tooltip and to be heard. */
function conditions(held) {
  const all = Object.entries(held);
  const words = all.map(([name, holds]) => `${sayName("trend", name)}: ${say(holds ? "gates.yes" : "gates.no")}`);
  const marks = all.map(([, holds], at) =>
    make("span", { class: holds ? "yes" : "no", title: words[at] }, holds ? "•" : "✕"),
  );
  return make("span", { class: "dots", role: "img", "aria-label": words.join(", ") }, ...marks);
}

/** Show a bar a component, as long as the points it can give, filled as far as it gave them. */
export function drawScore(strategy, result) {
  const points = result?.points ?? {};
  const components = result?.components ?? {};
  const scored = Object.keys(components).length > 0;
  const most = Math.max(...Object.values(points), 1);
  const sum = Object.values(components).reduce((total, each) => total + each, 0);
  const twelve = strategy === "closing_bet";
  const words = twelve
    ? say("score.closing", { points: numbers.plain(sum, 0) })
    : `${numbers.score(result?.score)} / 100`;
  text(find("score-sum"), scored ? words : "");
  const rows = Object.entries(points).map(([name, limit]) =>
    component(strategy, name, components[name], limit, most),
  );
  fill(find("score").querySelector("dl"), ...rows);
}

function component(strategy, name, given, limit, most) {
  const bar = make("i");
  const track = make("span", { class: "track" }, bar);
  track.style.width = `${(100 * limit) / most}%`;
  bar.style.width = `${(100 * (given ?? 0)) / limit}%`;
  const places = Number.isInteger(limit) && limit <= 3 ? 0 : 1;
  const figure = make("dd", {}, numbers.plain(given, places), make("small", {}, `/${limit}`));
  return make(
    "div",
    {},
    make("dt", {}, sayName(`component.${strategy}`, name)),
    make("dd", { "aria-hidden": "true" }, track),
    figure,
  );
}

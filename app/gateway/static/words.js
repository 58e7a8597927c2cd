// The evidence in words: one or two sentences from the facts of a result, and a last one in amber
// when it is no signal. Each returns { said, failed }, `failed` empty for a signal.

import { say, sayName } from "./language.js";
import * as numbers from "./numbers.js";

const NOT_FOUND = ["NO_PATTERN", "NOT_FIRED", "TRIGGER_ABOVE_LIMIT", "RANGE_ZERO", "NO_CANDIDATE", "NO_FLOW"];

export const gatesOf = (result) => result?.facts?.gates ?? [];

/** Say whether a strategy found what it looks for, a signal or not. */
export function found(strategy, result) {
  if (!result || result.status !== "OK" || NOT_FOUND.includes(result.state)) return false;
  return strategy !== "smart_money" || gatesOf(result).every((gate) => gate.passed);
}

/** Return the evidence of `strategy` in words. */
export function evidence(strategy, result) {
  if (!result) return { said: "", failed: "" };
  if (result.status === "OK" && !result.facts) return { said: "", failed: "" }; // still under way
  if (result.status !== "OK") return { said: sayName("verdict", result.status, result.reason), failed: "" };
  const write = SENTENCES[strategy] ?? ((_facts, { reason }) => reason);
  return { said: write(result.facts, result), failed: failure(strategy, result) };
}

function failure(strategy, result) {
  const failed = gatesOf(result).filter((gate) => !gate.passed);
  if (!failed.length) return result.state === "WEAK" ? say("words.low_grade") : "";
  const names = failed.map((gate) => sayName(`gate.${strategy}`, gate.name));
  return say("words.no_signal", { gates: names.join(", ") });
}

const SENTENCES = {
  vcp: (facts, { parameters }) => {
    if (!facts.pivot) return say("words.vcp.none");
    const depths = facts.contractions.map((leg) => numbers.percent(leg.depth)).join(" → ");
    const day = numbers.dayInWords(facts.contractions[0].high_session);
    const dry = numbers.percent(facts.dry, 0);
    const first = say("words.vcp", { day, depths, quiet: 5, usual: 50, dry });
    const need = parameters?.trigger_volume ?? 1.4;
    const volume = facts.relative_volume;
    const side = facts.gap >= 0 ? "below" : volume >= need ? "strong" : "weak";
    const second = say(`words.vcp.${side}`, {
      pivot: numbers.won(facts.pivot),
      gap: numbers.percent(Math.abs(facts.gap)),
      volume: numbers.plain(volume, 2),
      need,
    });
    return `${first} ${second}`;
  },

  volatility_breakout: (facts, { state }) => {
    const values = {
      entry: numbers.won(facts.entry),
      high: numbers.won(facts.high),
      limit: numbers.won(facts.upper_limit),
      k: numbers.percent(facts.k, 0),
      volume: numbers.plain(facts.relative_volume, 2),
    };
    const key = { FIRED: "fired", NOT_FIRED: "not_fired", RANGE_ZERO: "range_zero" }[state] ?? "above_limit";
    return say(`words.breakout.${key}`, values);
  },

  closing_bet: (facts, { components, missing }) => {
    const points = Object.values(components ?? {}).reduce((sum, each) => sum + each, 0);
    const change = numbers.signedPercent(facts.change);
    const value = numbers.money(facts.value);
    const said = [say("words.bet", { price: numbers.won(facts.close), change, value, points })];
    if (facts.gap_take) {
      const [take, cut] = [facts.gap_take, facts.gap_cut].map(numbers.won);
      said.push(say("words.bet.exit", { take, cut }));
    }
    if (missing?.length) said.push(without(missing));
    return said.join(" ");
  },

  smart_money: (facts) => {
    if (!facts.foreign) return say("words.flows.unknown");
    const days = (actor) => Math.round(actor.persistence * 5);
    const said = say("words.flows", {
      foreign: numbers.signedPercent(facts.foreign.intensity),
      foreign_days: days(facts.foreign),
      institution: numbers.signedPercent(facts.institution.intensity),
      institution_days: days(facts.institution),
    });
    return `${said} ${say("words.flows.confirms")}`;
  },
};

const without = (missing) =>
  say("words.missing", { inputs: missing.map((name) => sayName("missing", name)).join("·") });

// --- gates: value and need, in the units that people use ---

const UNITS = {
  trend: (n) => say("unit.met", { n: numbers.plain(n, 0) }),
  contractions: (n) => say("unit.count", { n: numbers.plain(n, 0) }),
  base_length: (n) => say("unit.days", { n: numbers.plain(n, 0) }),
  first_depth: (n) => numbers.percent(n),
  last_depth: (n) => numbers.percent(n),
  pivot_height: (n) => numbers.percent(n, 0),
  atr_share: (n) => numbers.percent(n),
  change: (n) => numbers.percent(n),
  dry: (n) => numbers.plain(n, 2),
  relative_volume: (n) => say("unit.times", { n: Number(n.toFixed(2)) }),
  price: numbers.won,
  value: numbers.money,
  score: numbers.score,
};
const OPERATORS = { "≥": "need.least", "≤": "need.most", ">": "need.over", "<": "need.under" };

// Gates that compare two figures show both; what they need is then a word.
const COMPARED = {
  leg_volume: ({ contractions: legs }) =>
    `${numbers.volume(legs[0].volume)} → ${numbers.volume(legs.at(-1).volume)}`,
  fired: ({ high, entry }) => `${numbers.won(high)} / ${numbers.won(entry)}`,
  close_to_sma20: ({ previous_close, sma20 }) => `${numbers.won(previous_close)} / ${numbers.won(sma20)}`,
  last_low_held: ({ contractions: legs }) => numbers.won(legs.at(-1).low),
};

/** Return what a gate measured, in words. */
export function gateValue(gate, facts) {
  if (gate.value === null) return numbers.NONE;
  if (gate.name === "trend") return `${gate.value}/7`;
  return COMPARED[gate.name]?.(facts) ?? inUnits(gate.name, gate.value);
}

/** Return what a gate needs, in words: 12% 이하, ≤ 12%. */
export function gateNeed(gate) {
  if (COMPARED[gate.name]) return say(`need.${gate.name}`);
  const figures =
    gate.need.match(/-?[\d,]+(?:\.\d+)?/g)?.map((text) => Number(text.replaceAll(",", ""))) ?? [];
  const round = (n) => inUnits(gate.name, n).replace(/\.0+(?=\D|$)/, "");
  const operator = OPERATORS[gate.need[0]];
  if (operator && figures.length === 1) return say(operator, { n: round(figures[0]) });
  if (figures.length === 2) return rangeOf(...figures.map(round));
  return gate.need;
}

const inUnits = (name, number) => (UNITS[name] ?? ((n) => numbers.plain(n, 2)))(number);

/** Join two figures, the unit once: 8–40%, 15–120일. */
function rangeOf(least, most) {
  const unit = most.match(/[^\d.,]+$/)?.[0] ?? "";
  return unit && least.endsWith(unit) ? `${least.slice(0, -unit.length)}–${most}` : `${least}–${most}`;
}

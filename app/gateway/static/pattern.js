// What a strategy saw, drawn over the candles: the pull-backs with their depths, the pivot, the start
// of the base, yesterday's range, and the levels in the empty margin. A primitive of the chart library.

import { dot, drawLabel, line, placeLabels, widthOf } from "./labels.js";
import { percent, signedPercent, won } from "./numbers.js";

const FONT = "11px";

export const MARGIN_PX = 88; // right of the last bar, for the levels
export const LEGEND_PX = 52; // at the top stay free
export const LABEL_PX = 42; // at the bottom, for the depths under the lowest lows

export class Pattern {
  legs = [];

  constructor(color, say) {
    this.color = color;
    this.say = say;
    this.views = [new View(this, "normal", drawLevels), new View(this, "top", drawPattern)];
  }

  attached({ chart, series, requestUpdate }) {
    Object.assign(this, { chart, series, requestUpdate });
  }

  /** Draw what `result` found on `bars`; null or no facts: nothing. */
  show(bars, result) {
    const facts = result?.facts ?? {};
    this.bars = bars;
    this.result = result;
    this.legs = facts.pivot ? (facts.contractions ?? []) : [];
    this.base = facts.pivot ? facts.base_start : null;
    this.pivot = facts.pivot ? { price: facts.pivot, session: facts.pivot_session } : null;
    this.range = facts.trigger && facts.range ? facts : null;
    this.requestUpdate?.();
  }

  paneViews() {
    return this.views;
  }

  updateAllViews() {}

  /** Say which prices must be in view beside the candles: the levels, else the target lies outside. */
  autoscaleInfo() {
    const { entry, target, stop } = this.result ?? {};
    const prices = [entry, target, stop, this.pivot?.price, this.price].filter(Boolean);
    if (!prices.length) return null;
    return { priceRange: { minValue: Math.min(...prices), maxValue: Math.max(...prices) } };
  }

  x(session) {
    return this.chart.timeScale().timeToCoordinate(session);
  }

  y(price) {
    return this.series.priceToCoordinate(price);
  }
}

class View {
  constructor(pattern, order, draw) {
    this.order = order;
    this.painter = {
      draw: (target) =>
        pattern.bars &&
        target.useMediaCoordinateSpace(({ context, mediaSize }) => {
          context.save();
          context.font = `${FONT} ${getComputedStyle(document.body).fontFamily}`;
          context.textBaseline = "middle";
          draw(pattern, context, mediaSize);
          context.restore();
        }),
    };
  }

  zOrder() {
    return this.order;
  }

  renderer() {
    return this.painter;
  }
}

// --- levels: in the margin right of the last bar ---

function drawLevels(pattern, context, { width }) {
  const { entry, target, stop } = pattern.result ?? {};
  if (!entry || !target || !stop) return;
  const left = Math.max(pattern.x(pattern.bars.at(-1)[0]) + 10, width - MARGIN_PX + 6);
  const [top, middle, bottom] = [target, entry, stop].map((price) => pattern.y(price));
  context.fillStyle = pattern.color("--bg"); // no line of the grid behind the words
  context.fillRect(left, top, width - left, bottom - top);
  const band = (from, to, name) => {
    context.fillStyle = `${pattern.color(name)}1f`; // 12 %
    context.fillRect(left, from, width - left, to - from);
  };
  band(top, middle, "--up");
  band(middle, bottom, "--down");
  const level = (y, name, key, values, below) => {
    context.strokeStyle = context.fillStyle = pattern.color(name);
    line(context, [left, y], [width, y]);
    context.textAlign = "left";
    context.fillText(pattern.say(key, values), left + 4, y + (below ? 9 : -8));
  };
  level(top, "--up", "chart.target", { percent: signedPercent(target / entry - 1) }, true);
  level(middle, "--t1", "chart.entry", {}, false);
  level(bottom, "--down", "chart.stop", { percent: signedPercent(stop / entry - 1) }, false);
}

// --- the pattern: all lines first, then the labels ---

function drawPattern(pattern, context, size) {
  const violet = pattern.color("--pat");
  context.strokeStyle = context.fillStyle = violet;
  if (pattern.base) drawBase(pattern, context, size);
  const labels = [
    ...drawLegs(pattern, context),
    ...drawPivot(pattern, context, size),
    ...drawRange(pattern, context),
  ];
  placeLabels(labels, context, size);
  for (const label of labels) drawLabel(label, context, pattern.color("--bg"), violet);
}

function drawBase(pattern, context, { height }) {
  const x = pattern.x(pattern.base);
  if (x === null) return;
  context.globalAlpha = 0.6;
  line(context, [x, LEGEND_PX], [x, height], { dash: [2, 3] });
  context.globalAlpha = 1;
}

function drawLegs(pattern, context) {
  let before = null;
  return pattern.legs.flatMap((leg, at) => {
    const high = [pattern.x(leg.high_session), pattern.y(leg.high)];
    const low = [pattern.x(leg.low_session), pattern.y(leg.low)];
    if ([...high, ...low].includes(null)) return [];
    if (before) line(context, before, high, { dash: [3, 3] });
    line(context, high, low, { width: 2 });
    for (const [x, y] of [high, low]) dot(context, x, y);
    before = low;
    const words = pattern.say("chart.leg", { n: at + 1, depth: `−${percent(leg.depth)}` });
    return [{ words, x: low[0], y: low[1] + 14, anchor: low, align: "center" }];
  });
}

function drawPivot(pattern, context, { width }) {
  if (!pattern.pivot) return [];
  const [x, y] = [pattern.x(pattern.pivot.session), pattern.y(pattern.pivot.price)];
  const last = pattern.x(pattern.bars.at(-1)[0]);
  if (x === null || y === null) return [];
  line(context, [x, y], [Math.min(last + 10, width), y], { dash: [5, 3] });
  const words = pattern.say("chart.pivot", { price: won(pattern.pivot.price) });
  // Above the line nothing is in the way: no high has passed it. Where it would run into the levels,
  // it starts that much further left.
  const most = width - MARGIN_PX - widthOf(context, words);
  return [{ words, x: Math.min(x + 6, most), y: y - 12, align: "left", fixed: true }];
}

function drawRange(pattern, context) {
  if (!pattern.range) return [];
  const { previous_session: session, range, k, trigger } = pattern.range;
  const before = pattern.bars.find((bar) => bar[0] === session);
  if (!before) return [];
  const [x, last] = [pattern.x(session), pattern.x(pattern.bars.at(-1)[0])];
  const [top, bottom, y] = [before[2], before[3], trigger].map((price) => pattern.y(price));
  const left = x - 8;
  line(context, [left, top], [left, bottom], { width: 2 });
  for (const end of [top, bottom]) line(context, [left, end], [left + 4, end], { width: 2 });
  line(context, [x, y], [last + 10, y], { dash: [5, 3] });
  const words = pattern.say("chart.range", { range: won(range), k });
  return [{ words, x: left - 4, y: bottom + 10, align: "right" }];
}

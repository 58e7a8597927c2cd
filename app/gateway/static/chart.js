// The daily chart of a ticker: candles, averages, volume, and what the strategy drew over them.
// The library is fetched after the first paint; its place is kept.

import {
  AVERAGES,
  candleOptions,
  color,
  lineOptions,
  options,
  volumeFormat,
  volumeOptions,
} from "./chart-options.js";
import { find, text } from "./dom.js";
import { say } from "./language.js";
import * as numbers from "./numbers.js";
import { LABEL_PX, LEGEND_PX, MARGIN_PX, Pattern } from "./pattern.js";

const LEAST_BARS = 60;
const BREAKOUT_BARS = 46;
const VOLUME_SHARE = 6; // the volume pane is a sixth

let library = null;
let drawn = null; // the chart with its series
let shown = null; // { ticker, bars, averages, volume50 }
let now = {}; // { ticker, price, direction }: what the head says of the open ticker

/** Show the bars of a ticker with what `result` found on them. */
export async function showChart(ticker, history, result) {
  shown = { ticker, ...history, result };
  try {
    library ??= await import("./vendor/lightweight-charts.js");
  } catch {
    text(find("legend"), say("chart.missing"));
    return;
  }
  if (shown?.ticker !== ticker) return; // another was chosen meanwhile
  drawn ??= build();
  draw();
}

export function clearChart() {
  shown = null;
  find("chart").hidden = true;
}

/** Mark the price of now at the axis; `direction`: up, down, even, or empty where it is not live. */
export function markPrice(ticker, price, direction) {
  if (ticker === now.ticker && price === now.price && direction === now.direction) return;
  now = { ticker, price, direction };
  if (drawn && shown?.ticker === ticker) drawPrice();
}

/** Draw all of it in the colours and words of now. */
export function restyle() {
  if (!drawn) return;
  drawn.chart.applyOptions(options());
  drawn.candles.applyOptions(candleOptions());
  drawn.volume.applyOptions(volumeOptions());
  drawn.volumeMean.applyOptions(lineOptions("--t2", 0));
  AVERAGES.forEach(([, name, style], at) => drawn.averages[at].applyOptions(lineOptions(name, style)));
  if (shown) draw();
}

// --- building ---

function build() {
  const { createChart, CandlestickSeries, HistogramSeries, LineSeries } = library;
  find("chart").hidden = false;
  const chart = createChart(find("canvas"), options());
  find("canvas").querySelector("table").setAttribute("role", "presentation"); // it only lays out
  const candles = chart.addSeries(CandlestickSeries, candleOptions(), 0);
  const averages = AVERAGES.map(([, name, style]) =>
    chart.addSeries(LineSeries, lineOptions(name, style), 0),
  );
  const volume = chart.addSeries(HistogramSeries, volumeOptions(), 1);
  const volumeMean = chart.addSeries(LineSeries, { ...lineOptions("--t2", 0), priceFormat: volumeFormat }, 1);
  const [above, below] = chart.panes();
  above.setStretchFactor(VOLUME_SHARE - 1);
  below.setStretchFactor(1);
  const pattern = new Pattern(color, say);
  candles.attachPrimitive(pattern);
  chart.subscribeCrosshairMove(({ logical }) => drawLegend(logical));
  new ResizeObserver(() => shown && frame()).observe(find("canvas"));
  return { chart, candles, averages, volume, volumeMean, pattern, levels: [], price: null };
}

// --- drawing ---

function draw() {
  const { bars, averages, volume50, result } = shown;
  find("chart").hidden = false;
  const at = (position) => bars[position][0];
  const line = (values) => values.flatMap((value, n) => (value === null ? [] : [{ time: at(n), value }]));
  drawn.candles.setData(bars.map(([time, open, high, low, close]) => ({ time, open, high, low, close })));
  AVERAGES.forEach(([length], n) => drawn.averages[n].setData(line(averages[length])));
  const [up, down] = [`${color("--up")}a8`, `${color("--down")}a8`];
  drawn.volume.setData(
    bars.map((bar) => ({ time: bar[0], value: bar[5], color: bar[4] >= bar[1] ? up : down })),
  );
  drawn.volumeMean.setData(line(volume50));
  drawn.pattern.show(bars, result);
  drawLevels(result);
  drawPrice();
  drawLegend(null);
  frame();
  find("chart").dataset.legs = String(drawn.pattern.legs.length);
}

function drawLevels(result) {
  for (const level of drawn.levels) drawn.candles.removePriceLine(level);
  const prices = ["target", "entry", "stop"].flatMap((name) => (result?.[name] ? [result[name]] : []));
  drawn.levels = prices.map((price) => label(price, "--tag", "--on-tag"));
}

function drawPrice() {
  const price = shown.ticker === now.ticker ? now.price : null;
  const background = { up: "--up", down: "--down", even: "--t1" }[now.direction] ?? "--t2";
  if (drawn.price) drawn.candles.removePriceLine(drawn.price);
  drawn.pattern.price = price;
  drawn.price = price ? label(price, background, "--bg") : null;
  find("chart").dataset.price = price ?? "";
}

/** Put a price on the axis, in the colours of two tokens. */
const label = (price, background, words) =>
  drawn.candles.createPriceLine({
    price,
    lineVisible: false,
    axisLabelVisible: true,
    axisLabelColor: color(background),
    axisLabelTextColor: color(words),
  });

/** Show the bars that matter, and keep the margins free. */
function frame() {
  const canvas = find("canvas");
  const height = (canvas.clientHeight * (VOLUME_SHARE - 1)) / VOLUME_SHARE;
  if (!shown?.bars.length || height < LEGEND_PX) return;
  drawn.chart
    .priceScale("right", 0)
    .applyOptions({ scaleMargins: { top: LEGEND_PX / height, bottom: LABEL_PX / height } });
  drawn.chart.priceScale("right", 1).applyOptions({ scaleMargins: { top: 0.12, bottom: 0 } });
  const last = shown.bars.length - 1;
  const from = Math.max(firstShown(shown), 0) - 0.5;
  const width = canvas.clientWidth - drawn.chart.priceScale("right").width() - MARGIN_PX;
  const perBar = width / (last + 0.5 - from);
  drawn.chart.timeScale().setVisibleLogicalRange({ from, to: last + 0.5 + MARGIN_PX / perBar });
}

/** Return the first bar to show: a little before the base, or before its first kept leg if that is long after. */
function firstShown({ bars, result }) {
  const least = bars.length - LEAST_BARS;
  const facts = result?.facts ?? {};
  if (facts.trigger !== undefined) return bars.length - BREAKOUT_BARS;
  const place = (session) => bars.findIndex((bar) => bar[0] >= session);
  const legs = facts.pivot ? (facts.contractions ?? []) : [];
  if (!legs.length || !facts.base_start) return least;
  const [base, first] = [place(facts.base_start), place(legs[0].high_session)];
  return Math.min(first - base > 30 ? first - 34 : base - 24, least);
}

function drawLegend(logical) {
  const { bars, averages } = shown ?? { bars: [] };
  const at = logical === null || logical === undefined || !bars[logical] ? bars.length - 1 : logical;
  if (at < 0) return;
  const [, open, high, low, close, volume] = bars[at];
  const prices = [
    ["open", open],
    ["high", high],
    ["low", low],
    ["close", close],
  ];
  const said = prices.map(([name, price]) => `${say(`chart.${name}`)} ${numbers.won(price)}`).join(" ");
  text(find("legend-bar"), `${say("chart.daily")} ${said}`);
  text(find("legend-volume"), `${say("chart.volume")} ${numbers.volume(volume)}`);
  for (const [length] of AVERAGES) {
    text(find(`legend-${length}`), `${length} ${numbers.won(averages[length][at])}`);
  }
}

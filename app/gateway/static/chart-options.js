// How the chart looks, in the colours and the language of now.

import { language } from "./language.js";
import * as numbers from "./numbers.js";

export const AVERAGES = [
  ["50", "--ma50", 0],
  ["150", "--ma150", 2], // dashed
  ["200", "--ma200", 1], // dotted
];

/** Return the value of a token: "--up" is the red or blue of the theme. */
export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const priceFormat = { type: "custom", minMove: 1, formatter: (price) => numbers.won(price) };
export const volumeFormat = {
  type: "custom",
  minMove: 1,
  formatter: (shares) => (shares > 0 ? numbers.volume(shares) : ""),
};

export const options = () => ({
  autoSize: true,
  layout: {
    background: { color: color("--bg") },
    textColor: color("--t2"),
    fontSize: 11,
    fontFamily: getComputedStyle(document.body).fontFamily,
    panes: { separatorColor: color("--line"), enableResize: false },
  },
  grid: { vertLines: { visible: false }, horzLines: { color: color("--line") } },
  rightPriceScale: { borderColor: color("--line"), minimumWidth: 56 },
  timeScale: {
    borderColor: color("--line"),
    tickMarkFormatter: tickMark,
    lockVisibleTimeRangeOnResize: true,
    rightBarStaysOnScroll: true,
  },
  crosshair: { mode: 0, vertLine: crosshair(), horzLine: crosshair() },
  localization: { locale: language(), timeFormatter: (time) => numbers.longDay(time) },
});

const crosshair = () => ({
  color: color("--line2"),
  width: 1,
  style: 3,
  labelBackgroundColor: color("--tag"),
});

export const candleOptions = () => ({
  upColor: color("--up"),
  downColor: color("--down"),
  wickUpColor: color("--up"),
  wickDownColor: color("--down"),
  borderVisible: false,
  priceLineVisible: false,
  lastValueVisible: false, // the last bar may be of yesterday: the price of now has its own label
  priceFormat,
});

export const lineOptions = (name, lineStyle) => ({
  color: color(name),
  lineStyle,
  lineWidth: 1,
  priceLineVisible: false,
  lastValueVisible: false,
  crosshairMarkerVisible: false,
  autoscaleInfoProvider: () => null, // candles and levels decide what is in view
  priceFormat,
});

export const volumeOptions = () => ({
  priceFormat: volumeFormat,
  priceLineVisible: false,
  lastValueVisible: false,
});

/** Name a tick of the time axis: 2025, 11월, 1/20; the kinds are the library's: year, month, day. */
function tickMark(time, kind) {
  const [year, month, day] = time.split("-");
  if (kind === 0) return year;
  if (kind === 1) return language() === "ko" ? `${Number(month)}월` : numbers.dayInWords(time).split(" ")[1];
  return language() === "ko" ? `${Number(month)}/${Number(day)}` : numbers.dayInWords(time);
}

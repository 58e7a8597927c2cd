// The open ticker: its head, a tab a strategy, the chart, levels, words, gates, score and history.

import { ask, retry } from "./api.js";
import { clearChart, markPrice, showChart } from "./chart.js";
import { choose, toggleStar, watched } from "./choices.js";
import { announce, fill, find, make, text } from "./dom.js";
import { drawGates, drawLevels, drawScore } from "./evidence.js";
import { STRATEGIES } from "./filters.js";
import { showHistory } from "./history.js";
import { say, sayName, sayProblem } from "./language.js";
import * as numbers from "./numbers.js";
import { atRest, changed, isLive, now, on, OVER, priceOf, rowKey, state } from "./state.js";
import { evidence, found, gatesOf } from "./words.js";

const KEPT = 20; // signals of a ticker: the newest of each strategy is among them
const WALKING_MS = 120; // who walks past a row does not want its bars

let shown = null; // { ticker, strategy, chosen, view, bars, kept, loadedAt, problem, complaint }
let loading = null;
let follow = () => {}; // called when another ticker is open

/** Make the detail work; `onOpen` is called when another ticker is open. */
export function startDetail({ onOpen }) {
  follow = onOpen;
  find("back").addEventListener("click", closeDetail);
  find("star").addEventListener("click", starShown);
  on("prices system feed language stars", drawHead);
  on("prices", () => shown?.strategy && drawShownLevels());
  on("history", () => shown && load());
  on("language", () => shown && drawAll());
  find("tabs").addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) stepTab(step);
  });
}

/** Open a ticker at a strategy's tab; `enter`: on a narrow page, go there. */
export function openTicker(ticker, strategy, { enter }) {
  const other = shown?.ticker !== ticker;
  if (enter) document.body.classList.add("detailed");
  state.selected = { ticker, strategy: strategy ?? null };
  choose({ ticker });
  if (other) {
    shown = {
      ticker,
      strategy,
      chosen: Boolean(strategy),
      view: null,
      bars: null,
      kept: new Map(),
      problem: "",
      complaint: "",
    };
    find("idle").hidden = true;
    find("ticker").hidden = false;
    shown.strategy ??= STRATEGIES.find(signalOf) ?? null;
    follow(ticker);
    drawAll();
    clearTimeout(loading);
    loading = setTimeout(load, enter ? 0 : WALKING_MS);
  } else if (strategy && shown.strategy !== strategy) {
    showTab(strategy);
  }
  if (enter) keepFocus();
  changed("selection");
}

/** Give the focus to the name of the ticker where what had it is covered now, or was left. */
function keepFocus() {
  const at = document.activeElement;
  if (at === document.body || !at.checkVisibility({ visibilityProperty: true }))
    find("ticker-name").focus({ preventScroll: true });
}

/** Close the detail where it covers the list; say whether it did. */
export function closeDetail() {
  if (!document.body.classList.contains("detailed")) return false;
  document.body.classList.remove("detailed");
  const rows = ['tr[aria-selected="true"]', "tr[data-key]"].map((each) => find("signals").querySelector(each));
  rows.find(Boolean)?.focus({ preventScroll: true });
  return true;
}

export const openedTicker = () => shown?.ticker ?? null;

/** Ask for the open ticker anew. */
export async function load() {
  const mine = shown;
  try {
    const [view, bars, { signals }] = await Promise.all([
      ask(`/api/tickers/${mine.ticker}`),
      ask(`/api/tickers/${mine.ticker}/bars`),
      ask("/api/signals", { ticker: mine.ticker, limit: KEPT }),
    ]);
    if (shown !== mine) return;
    const kept = new Map(signals.reverse().map((signal) => [signal.strategy, signal])); // the newest last
    Object.assign(mine, { view, bars, kept, loadedAt: now(), problem: "" });
    if (!mine.chosen) mine.strategy = STRATEGIES.find((name) => found(name, resultOf(name))) ?? STRATEGIES[0];
  } catch (problem) {
    if (shown !== mine) return;
    const unknown = problem.status === 404;
    mine.problem = unknown ? say("verdict.UNKNOWN_TICKER") : say("error.load", { reason: sayProblem(problem) });
    retry(problem, () => shown === mine && load());
  }
  drawAll();
}

/** Show a message in the place of the words; empty: the words again. */
export function complain(message) {
  if (!shown) return;
  shown.complaint = message;
  if (message) announce(message);
  drawWords(resultOf(shown.strategy));
}

// --- what is shown ---

const signalOf = (strategy) => state.signals.get(rowKey({ ticker: shown.ticker, strategy }));

/** Return what a strategy says: the kept signal while it is as new as the stored bars, else their result.
 * A row knows only what it shows; what a signal rests on has been asked for, or is still under way. */
function resultOf(strategy) {
  const signal = shown.kept.get(strategy) ?? signalOf(strategy);
  const result = shown.view?.results?.[strategy];
  const current = signal && !OVER.includes(signal.life) && signal.last_bar >= (shown.view?.last_bar ?? "");
  if (current || (signal && !result)) return { ...signal, status: "OK", signal: true };
  return result ?? null;
}

function drawAll() {
  drawHead();
  drawTabs();
  showTab(shown.strategy ?? STRATEGIES[0]);
}

function drawHead() {
  if (!shown) return;
  const { ticker, view } = shown;
  const [any] = signalsOfShown();
  const name = view?.name || any?.name || ticker;
  text(find("ticker-name"), name);
  find("ticker-name").title = view?.excluded ? say("detail.excluded", { reason: view.excluded }) : name;
  const market = view?.market ?? any?.market;
  fill(
    find("ticker-code"),
    make("span", {}, ticker),
    make("span", {}, market ? sayName("exchange", market) : ""),
  );
  drawPrice();
  const starred = watched(ticker);
  find("star").setAttribute("aria-pressed", String(starred));
  find("star").setAttribute("aria-label", say(starred ? "star.remove" : "star.add"));
}

const signalsOfShown = () =>
  STRATEGIES.map((name) => shown.kept.get(name) ?? signalOf(name)).filter(Boolean);

/** Return the newest price that is known: live, else one that was, a later signal's, or of the bars. */
function newestPrice() {
  const { ticker, view, loadedAt } = shown;
  const quote = state.prices.get(ticker);
  if (isLive(ticker) || quote?.at > loadedAt) return { ...quote, fresh: isLive(ticker) || atRest() };
  const later = signalsOfShown()
    .filter((signal) => !(signal.last_bar <= view?.last_bar))
    .sort((one, other) => Date.parse(other.as_of) - Date.parse(one.as_of));
  if (later.length) return priceOf(later[0]);
  return { price: view?.price, change: view?.change, fresh: atRest() && view?.last_bar >= state.lastSession };
}

function drawPrice() {
  const { price, change, fresh } = newestPrice();
  const direction = !fresh ? "" : change > 0 ? "up" : change < 0 ? "down" : "even";
  const difference = change ? price - price / (1 + change) : 0;
  const moved = difference ? `${difference > 0 ? "▲" : "▼"} ${numbers.won(Math.abs(difference))} ` : "";
  text(find("ticker-price"), numbers.won(price));
  text(find("ticker-change"), price ? moved + numbers.change(change) : "");
  find("ticker-price").className = find("ticker-change").className = direction;
  markPrice(shown.ticker, price, direction);
}

function starShown() {
  toggleStar(shown.ticker);
  changed("stars");
}

/** Watch the open ticker, or no longer. */
export const watchShown = () => shown && starShown();

// --- tabs ---

const tabs = STRATEGIES.map((name) => {
  const onclick = () => ((shown.chosen = true), showTab(name));
  return make("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "panel", onclick });
});

function drawTabs() {
  fill(find("tabs"), ...tabs); // which stay, and keep the focus
  for (const [at, name] of STRATEGIES.entries())
    text(tabs[at], `${sayName("strategy", name)} ${brief(name)}`);
}

/** Say a result in a word: S 86.1; 8/9 where gates failed; – where nothing was found. */
function brief(strategy) {
  const result = resultOf(strategy);
  if (!found(strategy, result)) return numbers.NONE;
  const gates = gatesOf(result);
  const met = gates.filter((gate) => gate.passed).length;
  return met < gates.length ? `${met}/${gates.length}` : `${result.grade} ${numbers.score(result.score)}`;
}

function showTab(strategy) {
  shown.strategy = strategy;
  state.selected = { ticker: shown.ticker, strategy };
  for (const tab of find("tabs").children) {
    const mine = tab.id === `tab-${strategy}`;
    tab.setAttribute("aria-selected", String(mine));
    tab.tabIndex = mine ? 0 : -1;
  }
  find("panel").setAttribute("aria-labelledby", `tab-${strategy}`);
  const result = resultOf(strategy);
  const evident = gatesOf(result).length ? result : null;
  drawChart(evident);
  drawShownLevels();
  drawWords(result);
  drawGates(strategy, result);
  drawScore(strategy, result);
  showHistory(shown.ticker, strategy, shown.view);
  changed("selection");
}

/** Show the levels, and where the price of now stands between them. */
function drawShownLevels() {
  const result = resultOf(shown.strategy);
  drawLevels(result, newestPrice().price ?? result?.price);
}

function drawChart(result) {
  find("chart").classList.toggle("stale", shown.bars === null);
  find("no-chart").hidden = shown.bars?.bars.length !== 0;
  if (shown.bars === null) return;
  find("canvas").setAttribute("aria-label", say("chart.label", { name: find("ticker-name").textContent }));
  if (shown.bars.bars.length) showChart(shown.ticker, shown.bars, result);
  else clearChart();
}

/** Show the strategy beside the one that is shown; `step` 1 or −1. */
export function stepTab(step) {
  if (!shown?.strategy) return;
  const at = STRATEGIES.indexOf(shown.strategy) + step;
  const name = STRATEGIES[(at + STRATEGIES.length) % STRATEGIES.length];
  const focused = find("tabs").contains(document.activeElement);
  shown.chosen = true;
  showTab(name);
  if (focused) find(`tab-${name}`).focus();
}

function drawWords(result) {
  const { strategy } = shown;
  const trouble = shown.complaint || shown.problem;
  if (trouble) return fill(find("words"), make("b", {}, trouble));
  if (!result) return fill(find("words"));
  const { said, failed } = evidence(strategy, result);
  const over = OVER.includes(result.life) ? ` ${say(`words.${result.life}`)}` : "";
  fill(find("words"), `${said}${over} `, failed ? make("b", {}, failed) : null);
}

// What the page knows, in one object, and who draws it. Messages change it as they come; what shows
// a changed topic is drawn once an animation frame, and not at all while the tab is hidden.

export const state = {
  signals: new Map(), // by rowKey, the newest of each ticker and strategy: as the API sends them, with `at` in ms
  lastSession: "", // the newest session that any signal was seen on
  next: null, // cursor of the signals behind
  loaded: false,
  trouble: null, // the problem that kept the signals from being loaded
  prices: new Map(), // by ticker: { price, change, value, at } from the live feed
  live: new Set(), // tickers whose prices come live
  arrived: new Map(), // what the feed brought and the table has not seen: rowKey → whether it was missed
  pending: null, // a scan that was started here and that no worker has taken yet: { id, since }
  wanted: new Set(), // what must be asked for anew
  scans: [],
  refusedToday: 0,
  rates: [], // the last 60 seconds: { at, used, refused }
  quota: null,
  system: null,
  ready: null,
  feed: { phase: "connecting", since: Date.now(), attempt: 0, retryAt: 0 }, // or live, cut, redis
  estimate: null, // what a scan of the whole market would cost
  clockOffset: 0, // the server's clock minus ours, ms
};

const drawers = new Map();
const dirty = new Set();
let requested = false;

/** Call `draw` after any of `topics` has changed. */
export function on(topics, draw) {
  for (const topic of topics.split(" ")) drawers.set(topic, [...(drawers.get(topic) ?? []), draw]);
}

/** Say that topics have changed. */
export function changed(...topics) {
  for (const topic of topics) dirty.add(topic);
  if (requested) return;
  requested = true;
  requestAnimationFrame(flush);
}

function flush() {
  requested = false;
  const due = new Set([...dirty].flatMap((topic) => drawers.get(topic) ?? []));
  dirty.clear();
  for (const draw of due) draw();
}

export const now = () => Date.now() + state.clockOffset;
export const rowKey = (signal) => `${signal.ticker}|${signal.strategy}`;

/** Take signals in, keeping the newest of each ticker and strategy; return the keys that moved. */
export function takeSignals(signals) {
  const moved = [];
  for (const signal of signals) {
    const key = rowKey(signal);
    const known = state.signals.get(key);
    const at = Date.parse(signal.changed_at); // read once: thousands are sorted by it
    if (known && at < known.at) continue;
    state.signals.set(key, { ...signal, at });
    if (signal.last_bar > state.lastSession) state.lastSession = signal.last_bar;
    if (!known || known.at !== at || known.id !== signal.id) moved.push(key);
  }
  return moved;
}

export const OVER = ["target_hit", "stopped", "expired", "withdrawn"];

/** Return the price to show of a signal, its change, and whether it is live, closing or old. */
export function priceOf(signal) {
  const quote = state.prices.get(signal.ticker);
  if (quote && quote.at > Date.parse(signal.as_of))
    return { ...quote, fresh: isLive(signal.ticker) || atRest() };
  const fresh = atRest() && signal.last_bar === state.lastSession;
  return { price: signal.price, change: signal.change, value: signal.value, fresh };
}

/** Say whether the market is closed: then the newest prices are closing prices, and stay. */
export const atRest = () =>
  state.feed.phase === "live" && ["CLOSED", "HOLIDAY", "PRE_OPEN"].includes(state.system?.market.state);

export const isLive = (ticker) =>
  state.feed.phase === "live" && state.live.has(ticker) && state.prices.has(ticker);

/** Say what a signal's price stands at between entry (0) and stop (−1): its multiple of the risk. */
export function riskMultiple(signal, price) {
  if (!signal.entry || !signal.stop || signal.entry <= signal.stop) return null;
  return (price - signal.entry) / (signal.entry - signal.stop);
}

/** Return what became of a signal, as its row says it: its end, the stop passed, or its state. */
export function standingOf(signal, price) {
  if (OVER.includes(signal.life)) return { over: true, text: ["life", signal.life] };
  if (signal.stop && price <= signal.stop) return { over: true, text: ["life", "stopped"] };
  return { over: false, text: [`state.${signal.strategy}`, signal.state] };
}

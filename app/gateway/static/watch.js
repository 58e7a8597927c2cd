// Whose prices the gateway is asked for, since there are few to be had: the open ticker, watched ones,
// then the rows in view from the top.

import { choices } from "./choices.js";
import { openedTicker } from "./detail.js";
import { tell } from "./feed.js";
import { state } from "./state.js";
import { tickersInView } from "./table.js";

const MOST = 100;
const SETTLE_MS = 400; // the eye has found its place
let subscribed = new Map(); // ticker → rank
let settling = null;

/** Return the tickers that matter and how much: open, watched or view. */
function wishes() {
  const ranks = new Map(tickersInView().map((ticker) => [ticker, "view"]));
  for (const ticker of choices.stars) ranks.set(ticker, "watched");
  if (openedTicker()) ranks.set(openedTicker(), "open");
  return new Map([...ranks].slice(0, MOST));
}

/** Return what a new connection must be told. */
export const subscriptions = () => {
  subscribed = wishes();
  return [...subscribed].map(([ticker, rank]) => ({ type: "subscribe", ticker, rank }));
};

function leave(ticker) {
  tell({ type: "unsubscribe", ticker });
  state.live.delete(ticker);
}

/** Tell the gateway whose prices are wanted now, once the eye has settled. */
export function subscribe() {
  clearTimeout(settling);
  settling = setTimeout(() => {
    const wanted = wishes();
    for (const ticker of subscribed.keys()) if (!wanted.has(ticker)) leave(ticker);
    for (const [ticker, rank] of wanted)
      if (subscribed.get(ticker) !== rank) tell({ type: "subscribe", ticker, rank });
    subscribed = wanted;
  }, SETTLE_MS);
}

// The live feed: one WebSocket, its messages into the state, and coming back after it was cut.
// Whoever comes back says which message came last, and gets those that were missed.

import { changed, rowKey, state, takeSignals } from "./state.js";

const LONGEST_WAIT = 30; // seconds: 1, 2, 4 … 30
const SHOWN_AFTER_MS = 2_000; // a shorter cut is nobody's concern
const CATCHING_UP_MS = 1_500; // what comes so soon after the return was missed
const GREETING_MS = 10_000; // a gateway that does not even greet is away
const SILENCE_MS = 40_000; // a connection that says nothing for so long is dead

let socket = null;
let last = ""; // id of the newest message
let attempt = 0;
let retry = null;
let cutTimer = null;
let heardAt = 0;
let wants = () => []; // subscriptions, for each new connection
let returned = () => {}; // called after a cut, or when messages were lost for good

/** Follow the feed from the message `after` on. */
export function follow(after, { subscriptions, onReturn }) {
  last = after;
  wants = subscriptions;
  returned = onReturn;
  connect();
  document.addEventListener("visibilitychange", () => document.hidden || reconnectSoon());
  window.addEventListener("online", reconnectSoon);
}

/** Send a message, if the feed is there. */
export function tell(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** Try again at once. */
export function connectNow() {
  clearTimeout(retry);
  connect();
}

function reconnectSoon() {
  if (state.feed.retryAt) connectNow();
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const after = last ? `?after=${encodeURIComponent(last)}` : "";
  socket?.close();
  const opened = new WebSocket(`${scheme}://${location.host}/ws${after}`);
  socket = opened;
  state.feed.retryAt = 0;
  changed("feed");
  opened.onmessage = (event) => socket === opened && take(JSON.parse(event.data));
  opened.onclose = () => socket === opened && lost();
  heardAt = Date.now();
}

/** Say once a second that time has passed: a silent connection is asked, then given up. */
export function tick() {
  const silent = Date.now() - heardAt;
  if (socket?.readyState === WebSocket.CONNECTING && silent > GREETING_MS) socket.close();
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (silent > SILENCE_MS) socket.close();
  else if (silent > SILENCE_MS / 2) tell({ type: "ping" });
}

function lost() {
  socket = null;
  const wait = Math.min(2 ** attempt, LONGEST_WAIT) * 1000;
  attempt += 1;
  Object.assign(state.feed, { attempt, retryAt: Date.now() + wait });
  retry = setTimeout(connect, wait);
  cutTimer ??= setTimeout(() => phase("cut"), SHOWN_AFTER_MS);
  changed("feed");
}

function phase(name) {
  if (state.feed.phase === name) return;
  Object.assign(state.feed, { phase: name, since: Date.now() });
  changed("feed", "prices", "signals");
}

function connected() {
  const back = attempt > 0;
  attempt = 0;
  clearTimeout(cutTimer);
  cutTimer = null;
  if (back) Object.assign(state.feed, { caughtUpAt: Date.now() + CATCHING_UP_MS });
  for (const each of wants()) tell(each);
  if (back) returned();
}

function take(message) {
  heardAt = Date.now();
  if (message.id) last = message.id;
  switch (message.type) {
    case "connected":
      connected();
      phase(message.up === false ? "redis" : "live");
      break;
    case "feed":
      phase(message.up ? "live" : "redis");
      if (message.up) returned();
      break;
    case "gap":
      returned();
      break;
    case "signal":
      takeSignal(message.signal);
      break;
    case "scan":
      takeScan(message.scan);
      break;
    case "quota":
      takeQuota(message);
      break;
    case "realtime_price":
      takePrice(message);
      break;
  }
  state.feed.heardAt = heardAt;
}

function takeSignal(signal) {
  takeSignals([signal]);
  state.arrived.set(rowKey(signal), Date.now() < (state.feed.caughtUpAt ?? 0));
  changed("signals");
  if (signal.ticker === state.selected?.ticker) changed("history");
}

function takeScan(scan) {
  const at = state.scans.findIndex((each) => each.id === scan.id);
  if (scan.refused > (state.scans[at]?.refused ?? 0)) state.wanted.add("scans"); // today's are more, too
  if (at >= 0) state.scans[at] = { ...state.scans[at], ...scan };
  else if (scan.created_at) state.scans.unshift(scan);
  if (scan.created_at === undefined) state.wanted.add("scans"); // news of it, not all of it
  if (scan.state !== "running") changed("history"); // it may have brought bars of the open ticker
  changed("scans");
}

function takeQuota(message) {
  state.quota = { ...state.quota, ...message };
  state.rates.push({ at: Date.parse(message.at), used: message.used, refused: message.refused });
  if (state.rates.length > 60) state.rates.shift();
  changed("quota");
}

function takePrice({ data, timestamp }) {
  const before = data.price - data.change;
  state.prices.set(data.ticker, {
    price: data.price,
    change: before > 0 ? data.change / before : null,
    value: data.value ?? null,
    at: Date.parse(timestamp),
  });
  if (!state.live.has(data.ticker)) state.wanted.add("system"); // how many there are has changed
  state.live.add(data.ticker);
  changed("prices");
}

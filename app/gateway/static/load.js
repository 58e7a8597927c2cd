// What the page asks for: at its start, again after the feed was cut, and from time to time.

import { ask, retry } from "./api.js";
import { announce, find } from "./dom.js";
import { say, sayProblem } from "./language.js";
import { askCost } from "./first-start.js";
import { dayOf } from "./numbers.js";
import { changed, now, state, takeSignals } from "./state.js";

const NEWEST = 60;
const BEHIND = 200; // signals, each time that older ones are asked for
const OF_A_DAY = 3_000; // signals: more are asked for only by whoever scrolls there
const SYSTEM_SECONDS = 20;
const LOOK_AGAIN_SECONDS = 3; // while something is away
const startedAt = Date.now();
const loading = new Set();
let seconds = 0;
let today = "";

/** Say once a second that time has passed. */
export function tickLoading() {
  seconds += 1;
  const day = dayOf(now());
  if (day !== today) state.wanted.add("scans"); // its refusals begin at nought
  today = day;
  const { feed, system, loaded, ready, signals } = state;
  const lacking = !signals.size && ready?.parts.some((part) => !part.ready); // the empty page says what
  const away = feed.phase === "redis" || !system || (!loaded && feed.phase === "live") || lacking;
  if (seconds % (away ? LOOK_AGAIN_SECONDS : SYSTEM_SECONDS) === 0 && !document.hidden) {
    state.wanted.add("system");
    if (!signals.size) state.wanted.add("ready");
    if (!loaded) loadSignals();
  }
  loadWanted();
}

/** Ask for what the page did not bring: all but the newest signals. */
export function loadFirst() {
  loadStates();
  startMore();
  if (!state.loaded) loadSignals();
  else if (state.next) loadDay();
  else askCost();
}

/** Ask for the rest of the newest day, so that filters and counts are about all of it. */
async function loadDay() {
  const days = () => new Set([...state.signals.values()].map((signal) => dayOf(signal.at)));
  while (state.next && days().size < 2 && state.signals.size < OF_A_DAY) if (!(await loadMore())) return;
}

/** Ask for older signals whenever somebody scrolls near the end of the list. */
function startMore() {
  find("more").addEventListener("click", loadMore);
  const near = { root: find("rows"), rootMargin: "600px" };
  new IntersectionObserver(
    ([end]) => end.isIntersecting && find("rows").scrollTop > 0 && loadMore(),
    near,
  ).observe(find("more"));
}

/** Ask for everything anew: the feed was cut, or has lost messages. */
export function loadAgain() {
  loadStates();
  loadSignals();
}

function loadStates() {
  for (const name of ["system", "scans", "quota", "ready"]) state.wanted.add(name);
  loadWanted();
}

const LOADERS = {
  system: async () => {
    state.system = await ask("/api/system");
    state.clockOffset = Date.parse(state.system.now) - Date.now();
    state.live = new Set(state.system.stream.live);
    changed("system", "prices");
  },
  scans: async () => {
    const { scans, refused_today: refusedToday } = await ask("/api/scans", { limit: 30 });
    Object.assign(state, { scans, refusedToday });
    changed("scans");
  },
  quota: async () => {
    const quota = await ask("/api/quota");
    const waiting = Object.values(quota.waiting).reduce((sum, each) => sum + each, 0);
    state.quota = { ...quota, waiting };
    state.rates = quota.seconds.map((each) => ({
      at: Date.parse(each.at),
      used: each.grants,
      refused: each.refusals,
    }));
    changed("quota");
  },
  ready: async () => {
    state.ready = await ask("/ready");
    changed("ready");
  },
};

/** Ask for what is wanted, each thing once at a time; who gets no answer keeps what it knew. */
function loadWanted() {
  for (const name of [...state.wanted]) {
    if (loading.has(name)) continue;
    state.wanted.delete(name);
    loading.add(name);
    LOADERS[name]()
      .catch((problem) => retry(problem, () => state.wanted.add(name)))
      .finally(() => loading.delete(name));
  }
}

/** Ask for the newest signals: what the feed should have told, and what the page did not bring. */
async function loadSignals() {
  try {
    const { signals, next } = await ask("/api/signals", { limit: NEWEST });
    const first = !state.loaded;
    const moved = takeSignals(signals.map(seen));
    if (first) state.next = next; // what is behind comes when somebody asks for it
    else for (const key of moved.filter(isRecent)) state.arrived.set(key, true);
    state.loaded = true;
    changed("signals", "filters");
    askCost();
  } catch (problem) {
    state.trouble = problem; // said where the rows would be, if there are none
    changed("empty");
  }
}

/** Return what a row shows of a signal; what it rests on is asked for when its ticker is opened. */
function seen(signal) {
  const { facts, components, points, parameters, terms, ...shown } = signal;
  return shown;
}

/** Say whether a signal came after the page did: what is older only fills the table. */
const isRecent = (key) => state.signals.get(key).at > startedAt + state.clockOffset;

/** Ask for the signals behind those that are here; say whether they came. */
async function loadMore() {
  const more = find("more");
  if (more.disabled || !state.next) return false;
  more.disabled = true;
  try {
    const { signals, next } = await ask("/api/signals", { limit: BEHIND, cursor: state.next });
    takeSignals(signals.map(seen));
    state.next = next;
    changed("filters");
    return true;
  } catch (problem) {
    announce(say("error.load", { reason: sayProblem(problem) }));
    return false;
  } finally {
    more.disabled = false;
  }
}

// What the page asks for: at its start, again after the feed was cut, and from time to time.

import { ask } from "./api.js";
import { find, text } from "./dom.js";
import { say } from "./language.js";
import { askCost } from "./empty.js";
import { changed, state, takeSignals } from "./state.js";

const NEWEST = 60;
const BEHIND = 120; // signals, each time that older ones are asked for
const SYSTEM_SECONDS = 20;
const LOOK_AGAIN_SECONDS = 3; // while something is away
const startedAt = Date.now();
const loading = new Set();
let seconds = 0;

/** Say once a second that time has passed. */
export function tickLoading() {
  seconds += 1;
  const { feed, system, loaded } = state;
  const away = feed.phase === "redis" || !system || (!loaded && feed.phase === "live");
  if (seconds % (away ? LOOK_AGAIN_SECONDS : SYSTEM_SECONDS) === 0 && !document.hidden) {
    state.wanted.add("system");
    if (!loaded) loadSignals();
  }
  loadWanted();
}

/** Ask for what the page did not bring: all but the newest signals. */
export function loadFirst() {
  loadStates();
  if (!state.loaded) loadSignals();
  else if (state.next) loadMore();
  else askCost();
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
    state.scans = (await ask("/api/scans", { limit: 30 })).scans;
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
      .catch((problem) => console.info(`${name}: ${problem.message}`))
      .finally(() => loading.delete(name));
  }
}

/** Ask for the newest signals: what the feed should have told, and what the page did not bring. */
async function loadSignals() {
  try {
    const { signals, next } = await ask("/api/signals", { limit: NEWEST });
    const first = !state.loaded;
    const moved = takeSignals(signals);
    if (first) state.next = next;
    else for (const key of moved.filter(isRecent)) state.arrived.set(key, true);
    state.loaded = true;
    changed("signals", "filters");
    askCost();
  } catch (problem) {
    state.trouble = problem.message; // said where the rows would be, if there are none
    changed("empty");
  }
}

/** Say whether a signal came after the page did: what is older only fills the table. */
const isRecent = (key) => Date.parse(state.signals.get(key).changed_at) > startedAt + state.clockOffset;

/** Ask for the signals behind those that are here. */
export async function loadMore() {
  find("more").disabled = true;
  try {
    const { signals, next } = await ask("/api/signals", { limit: BEHIND, cursor: state.next });
    takeSignals(signals);
    state.next = next;
    changed("filters");
  } catch (problem) {
    text(find("polite"), say("error.load", { reason: problem.message }));
  }
  find("more").disabled = false;
}

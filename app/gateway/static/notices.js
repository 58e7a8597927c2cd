// What the page says when things are not as they should be: the band in the scan bar's place, the live
// regions, the foot, and the title of a hidden tab.

import { announce, find, text } from "./dom.js";
import { connectNow } from "./feed.js";
import { say } from "./language.js";
import * as numbers from "./numbers.js";
import { on, state } from "./state.js";
import { arrivedKeys, takeUnspoken } from "./table.js";

const SPOKEN_EVERY_MS = 10_000;
let spokenAt = 0;

/** Make the notices work. */
export function startNotices() {
  find("connect").addEventListener("click", connectNow);
  on("feed language", drawBand);
  on("new", speakNew);
  on("signals language system feed prices", drawFootQuotes);
  document.addEventListener("visibilitychange", title);
}

/** Say once a second that time has passed. */
export function tickNotices() {
  drawBand();
  speakNew();
  title();
}

// --- the band ---

function drawBand() {
  const { phase, since, attempt, retryAt, heardAt } = state.feed;
  const band = find("band");
  const bad = phase === "cut" || phase === "redis";
  if (!bad && !band.hidden) announce(say("feed.live"));
  band.hidden = !bad;
  text(find("assertive"), bad ? say(`${phase}.title`) : "");
  if (!bad) return;
  const [heading, words] = band.firstElementChild.children;
  text(heading, `▲ ${say(`${phase}.title`)}`);
  const length = window.matchMedia("(max-width: 899px)").matches ? "short" : "words";
  text(
    words,
    phase === "cut" ? cutInWords(length, heardAt ?? since, retryAt, attempt) : say(`redis.${length}`),
  );
  find("connect").hidden = phase !== "cut";
  text(
    find("band-seconds"),
    phase === "redis" ? say("redis.seconds", { n: Math.round((Date.now() - since) / 1000) }) : "",
  );
}

function cutInWords(length, heardAt, retryAt, attempt) {
  const at = numbers.clock(heardAt + state.clockOffset);
  const left = Math.ceil((retryAt - Date.now()) / 1000);
  return say(left > 0 ? `cut.${length}` : "cut.trying", { at, left, try: attempt });
}

// --- what is spoken, and the title ---

function speakNew() {
  if (Date.now() - spokenAt < SPOKEN_EVERY_MS) return;
  const n = takeUnspoken();
  if (!n) return;
  spokenAt = Date.now();
  announce(say("said.new", { n }));
}

/** Count in the title what came while nobody looked. */
function title() {
  const n = document.hidden ? arrivedKeys().length : 0;
  document.title = n ? `(${n}) krx-scanner` : "krx-scanner";
}

function drawFootQuotes() {
  const { stream, market } = state.system ?? {};
  const closed = ["CLOSED", "HOLIDAY", "PRE_OPEN"].includes(market?.state);
  text(
    find("foot-quotes"),
    stream?.slots && !closed ? say("foot.quotes", { used: state.live.size, slots: stream.slots }) : "",
  );
  text(find("foot-grey"), closed && state.feed.phase === "live" ? say("foot.closing") : say("foot.grey"));
}

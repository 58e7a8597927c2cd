// The top bar: which account, what the market does, the next scan, the feed, the clock.

import { find, make, text } from "./dom.js";
import { language, say } from "./language.js";
import { openNote } from "./note.js";
import * as numbers from "./numbers.js";
import { comingScans, scanName, scheduleList } from "./schedule.js";
import { now, on, state } from "./state.js";

/** Make the top bar work. */
export function startTopbar() {
  on("system language", drawTop);
  on("feed language", drawFeed);
  find("next").addEventListener("click", () => openNote(find("next"), scheduleList()));
  drawFeed();
}

/** Say once a second that time has passed. */
export function tickTopbar() {
  text(find("clock"), numbers.clock(now()));
  drawMarket();
  drawNext();
}

function drawTop() {
  const { broker, flower } = state.system ?? {};
  if (!broker) return;
  const mode = say(`broker.${broker.mode}`);
  text(find("broker"), broker.mode === "mock" ? mode : `${brokerName()} ${mode}`);
  find("broker").className = broker.mode === "live" ? "live-account" : "";
  find("flower").hidden = !flower;
  if (flower) find("flower").href = flower;
  tickTopbar();
}

/** Return whose account it is, as people write it. */
export function brokerName() {
  const { name } = state.system.broker;
  return { kis: "KIS", kiwoom: "Kiwoom" }[name] ?? name;
}

function drawMarket() {
  const market = state.system?.market;
  if (!market) return;
  const [name, rest] = find("market").children;
  const holiday = language() === "ko" ? market.holiday : market.holiday_en;
  text(name, say(`market.${market.state}`) + (holiday ? ` · ${holiday}` : ""));
  const left = (Date.parse(market.at) - now()) / 1000;
  const far = market.state === "CLOSED" || market.state === "HOLIDAY";
  const at = numbers.moment(market.at, now());
  text(
    rest,
    far
      ? say("market.opens", { at })
      : say(`market.until.${market.next_event}`, { left: numbers.countdown(left) }),
  );
  if (left <= -2) state.wanted.add("system"); // the event has come
}

function drawNext() {
  const coming = comingScans()[0];
  const line = find("next").firstElementChild;
  find("next").hidden = state.system === null;
  if (!coming) {
    text(line, say("next.none"));
    return;
  }
  const seconds = (Date.parse(coming.at) - now()) / 1000;
  const left =
    seconds < 86_400 ? ` ${say("next.in", { left: numbers.duration(Math.ceil(seconds / 60) * 60) })}` : "";
  const words = `${say("next.label")} |${numbers.moment(coming.at, now())} ${scanName(coming)}|${left} ▾`;
  if (line.dataset.words === words) return;
  line.dataset.words = words;
  find("next").title = words.replaceAll("|", "");
  const [before, name, after] = words.split("|");
  line.replaceChildren(before, make("b", {}, name), after);
}

function drawFeed() {
  const { phase } = state.feed;
  find("feed").className = phase;
  text(find("feed").lastElementChild, say(`feed.${phase}`));
  document.body.dataset.feed = phase;
}

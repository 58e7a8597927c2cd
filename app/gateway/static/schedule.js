// The scans of the schedule: what comes next, and the day's list.

import { make } from "./dom.js";
import { say, sayName } from "./language.js";
import * as numbers from "./numbers.js";
import { now, state } from "./state.js";

/** Return the scans of the schedule that are still to come, the next one first. */
export function comingScans() {
  const scans = (state.system?.schedule ?? []).filter((each) => Date.parse(each.at) > now());
  return scans.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

export const scanName = (scan) => sayName("scan", scan.name, scan.label ?? scan.name);

/** Return the list of scans to come: a heading, and a row a scan. */
export function scheduleList() {
  const scans = folded(comingScans());
  if (!scans.length) return [make("p", {}, say("next.none"))];
  const today = numbers.dayOf(scans[0].at) === numbers.dayOf(now());
  const rows = scans.map((scan, at) => make("tr", { class: at === 0 ? "coming" : null }, ...cells(scan)));
  return [make("h2", {}, say(today ? "next.title" : "next.title_later")), make("table", {}, ...rows)];
}

/** Return `scans` without the later starts of those that repeat through the session. */
function folded(scans) {
  const first = (scan, at) => scans.findIndex((each) => each.name === scan.name) === at;
  return scans.filter((scan, at) => !scan.repeats || first(scan, at));
}

/** Return the cells of a row: when next, its name and how it repeats, requests and how long. */
function cells(scan) {
  const { repeats, calls, seconds } = scan;
  const cost = { calls: numbers.won(calls), time: numbers.duration(seconds) };
  return [
    make("td", {}, numbers.moment(scan.at, now())),
    make("td", {}, scanName(scan), repeats && make("span", { class: "second" }, ` · ${rhythm(repeats)}`)),
    make("td", { class: "second" }, calls === null ? "" : say(repeats ? "next.cost_each" : "next.cost", cost)),
  ];
}

const rhythm = ({ first, last, minutes }) =>
  say("next.repeats", {
    first: numbers.hourMinute(first),
    last: numbers.hourMinute(last),
    time: numbers.duration(60 * minutes),
  });

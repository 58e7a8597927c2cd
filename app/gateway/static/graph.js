// How fast the account was used in the last minute: five-second means, one point a second, the limit
// dashed, a refusal as a cross at its second.

import { find, text } from "./dom.js";
import { say } from "./language.js";
import { plain } from "./numbers.js";

const WIDTH = 168;
const HEIGHT = 36;
const SECONDS = 60;
const MEAN_OVER = 5;
const HEADROOM = 1.2; // the scale goes to 1.2 times the limit
const SVG = "http://www.w3.org/2000/svg";

/** Return the mean rate up to the look `at` in `rates`, in calls a second, never above `limit`.
 * Looks are about a second apart: what would be above is the edge of a second, not a call too many. */
export function meanRate(rates, limit, at = rates.length - 1) {
  const newest = rates.slice(Math.max(0, at - MEAN_OVER), at + 1);
  if (newest.length < 2) return Math.min(newest[0]?.used ?? 0, limit);
  const seconds = (newest.at(-1).at - newest[0].at) / 1000;
  const used = newest.slice(1).reduce((sum, each) => sum + each.used, 0);
  return Math.min(used / Math.max(seconds, 1), limit);
}

/** Draw `rates`, oldest first, up to `now` in ms. */
export function drawGraph(rates, limit, now) {
  const graph = find("graph");
  graph.setAttribute("aria-label", say("graph.label", { limit: plain(limit, 2) }));
  if (!limit) return;
  text(find("graph-limit"), plain(limit, 1));
  const [area, ceiling, line, crosses] = graph.children;
  const x = (at) => WIDTH - ((now - at) / 1000) * (WIDTH / SECONDS);
  const y = (rate) => HEIGHT - Math.min(rate / (limit * HEADROOM), 1) * HEIGHT;
  const seen = rates.filter((each) => now - each.at <= SECONDS * 1000);
  const points = seen.map((each, at) => [x(each.at), y(meanRate(seen, limit, at))]);
  const words = points.map(([left, top]) => `${left.toFixed(1)},${top.toFixed(1)}`);
  line.setAttribute("points", words.join(" "));
  area.setAttribute(
    "points",
    points.length
      ? [`${points[0][0].toFixed(1)},${HEIGHT}`, ...words, `${points.at(-1)[0].toFixed(1)},${HEIGHT}`].join(
          " ",
        )
      : "",
  );
  for (const [name, value] of Object.entries({ x1: 0, x2: WIDTH, y1: y(limit), y2: y(limit) }))
    ceiling.setAttribute(name, value);
  crosses.replaceChildren(...seen.flatMap((each, at) => (each.refused ? [cross(...points[at])] : [])));
}

function cross(x, y) {
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", `M${x - 3},${y - 3}l6,6m0,-6l-6,6`);
  return path;
}

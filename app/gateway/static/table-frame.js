// What stands around the rows: the heads, with the one that sorts, and how many rows there are.

import { find, text } from "./dom.js";
import { counts } from "./filters.js";
import { say } from "./language.js";
import { won } from "./numbers.js";
import { sorting } from "./order.js";
import { state } from "./state.js";

/** Mark the column that sorts. */
export function drawHead() {
  const { column, up } = sorting();
  for (const th of document.querySelectorAll("thead th")) {
    const button = th.querySelector("button");
    if (!button) continue;
    const mine = button.dataset.sort === column;
    if (mine) th.setAttribute("aria-sort", up ? "ascending" : "descending");
    else th.removeAttribute("aria-sort");
    text(button.querySelector("i"), mine ? (up ? " ↑" : " ↓") : "");
  }
}

/** Say how many rows are `shown`, and offer more where there are. */
export function drawFoot(shown) {
  const total = state.signals.size;
  const hidden = total - shown;
  const words = say(state.next ? "foot.newest" : "foot.rows", { total: won(total), shown: won(shown) });
  text(find("foot-rows"), hidden ? `${words} · ${say("foot.hidden", { n: won(hidden) })}` : words);
  find("more").hidden = state.next === null;
  counts();
}

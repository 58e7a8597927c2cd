// The keyboard. Keys are matched by where they lie (`code`): on a Korean keyboard J is ㅓ.

import { choices, choose } from "./choices.js";
import { fill, find, make, typing } from "./dom.js";
import { chooseStrategy } from "./filters.js";
import { say } from "./language.js";
import { closeNote } from "./note.js";

const HELP = [
  [["↑", "↓", "/", "J", "K"], "rows"],
  [["Enter"], "open"],
  [["Esc"], "close"],
  [["/"], "search"],
  [["S"], "scan"],
  [["Shift", "S"], "new_scan"],
  [["N"], "held"],
  [["W"], "watch"],
  [["1", "–", "5"], "strategy"],
  [["[", "]"], "tab"],
  [["T", "/", "L"], "theme"],
  [["?"], "help"],
];
const PLAIN = ["–", "/"]; // between two keys; the first of a line is a key all the same

/** Make the keys work; `actions` by name, as in the help. */
export function startKeys(actions) {
  const keys = {
    ArrowDown: () => actions.walk(1),
    ArrowUp: () => actions.walk(-1),
    KeyJ: () => actions.walk(1),
    KeyK: () => actions.walk(-1),
    Slash: actions.search,
    KeyS: actions.scanNow,
    KeyN: actions.release,
    KeyW: actions.watch,
    BracketLeft: () => actions.tab(-1),
    BracketRight: () => actions.tab(1),
    KeyT: actions.theme,
    KeyL: actions.language,
  };
  const shifted = { KeyS: actions.newScan };
  for (const place of [0, 1, 2, 3, 4]) keys[`Digit${place + 1}`] = () => chooseStrategy(place);
  find("keys").addEventListener("click", openHelp);
  find("letters").checked = choices.letters !== "off";
  find("letters").addEventListener("change", ({ target }) => choose({ letters: target.checked ? "" : "off" }));
  find("help").addEventListener("click", (event) => event.target === find("help") && find("help").close());
  document.addEventListener("keydown", (event) => {
    if (isNotOurs(event)) return;
    if (event.code === "Escape") return void (closeNote() || actions.close());
    if (typing(event)) return;
    if (event.code === "Enter") return void actions.enter(event);
    if (event.target.closest("[role=tablist]") && event.code.startsWith("Arrow")) return;
    if (choices.letters === "off" && event.key.length === 1) return;
    // Where ? lies is each keyboard's own matter; no letter stands in its place.
    const act = event.key === "?" ? openHelp : (event.shiftKey ? shifted : keys)[event.code];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** Say whether a key belongs to the browser, to a letter being composed, or to an open dialog. */
function isNotOurs(event) {
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  return modified || event.isComposing || document.querySelector("dialog[open]") !== null;
}

function openHelp() {
  const lines = HELP.flatMap(([caps, name]) => {
    const marks = caps.flatMap((cap, at) => [
      at && PLAIN.includes(cap) ? ` ${cap} ` : make("kbd", {}, cap),
      " ",
    ]);
    return [make("dt", {}, ...marks), make("dd", {}, say(`help.${name}`))];
  });
  fill(find("help").querySelector("dl"), ...lines);
  find("help").showModal();
}

// Finding a ticker by name, code or initial consonants. Letters that the Korean keyboard is still
// composing count at once; Enter while it composes only ends the letter.

import { ask } from "./api.js";
import { announce, fill, find, make, text } from "./dom.js";
import { say, sayName, sayProblem } from "./language.js";

const PAUSE_MS = 80;
const [input, box] = [find("query"), find("results")];
const [list, otherwise] = box.children;
let found = [];
let active = 0;
let asked = 0; // counts questions, so that a late answer does not replace a newer one
let timer = null;
let open = () => {};

/** Make the search work; `openTicker(ticker)` shows what was chosen. */
export function startSearch({ openTicker }) {
  open = openTicker;
  input.addEventListener("input", () => {
    find("search").classList.toggle("filled", input.value !== "");
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  input.addEventListener("keydown", pressed);
  input.addEventListener("blur", () => setTimeout(leave, 120)); // a click on a result comes first
  box.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) =>
    choose(Number(event.target.closest("[role=option]")?.dataset.at ?? -1)),
  );
  find("open-search").addEventListener("click", focusSearch);
}

export function focusSearch() {
  document.body.classList.add("searching");
  input.focus();
  input.select();
}

async function look() {
  const typed = input.value.trim();
  const mine = ++asked;
  if (!typed) return show([], "");
  try {
    const { tickers, reason } = await ask("/api/tickers", { q: typed, limit: 8 });
    if (mine === asked) show(tickers, reason ? say("search.empty") : say("search.none"));
  } catch (problem) {
    if (mine === asked) show([], say("error.load", { reason: sayProblem(problem) }));
  }
}

function show(tickers, instead) {
  found = tickers;
  active = 0;
  const rows = tickers.map((each, at) =>
    make(
      "li",
      { role: "option", id: `result-${at}`, "data-at": at },
      make("span", {}, ...marked(each.name || each.ticker, input.value.trim())),
      each.signals ? make("span", { class: "second" }, say("search.signals", { n: each.signals })) : null,
      make("span", { class: "second" }, each.ticker),
      each.market ? make("span", { class: "second" }, sayName("exchange", each.market)) : null,
    ),
  );
  fill(list, ...rows);
  text(otherwise, rows.length ? "" : instead);
  list.hidden = rows.length === 0;
  otherwise.hidden = !otherwise.textContent;
  box.hidden = list.hidden && otherwise.hidden;
  input.setAttribute("aria-expanded", String(!list.hidden));
  const said = rows.length ? say("search.results", { n: rows.length }) : instead;
  if (said) announce(said);
  drawActive();
}

function drawActive() {
  for (const [at, row] of [...list.querySelectorAll("[role=option]")].entries())
    row.setAttribute("aria-selected", String(at === active));
  if (found.length) input.setAttribute("aria-activedescendant", `result-${active}`);
  else input.removeAttribute("aria-activedescendant");
}

function pressed(event) {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && found.length) {
    active = (active + step + found.length) % found.length;
    drawActive();
  } else if (event.key === "Enter") {
    choose(active);
  } else if (event.key === "Escape") {
    if (input.value) clear();
    else input.blur();
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function choose(at) {
  if (!found[at]) return;
  const { ticker } = found[at];
  clear();
  input.blur();
  open(ticker);
}

function clear() {
  input.value = "";
  find("search").classList.remove("filled");
  asked += 1;
  show([], "");
}

function leave() {
  if (document.activeElement === input) return;
  box.hidden = true;
  input.setAttribute("aria-expanded", "false");
  document.body.classList.remove("searching");
}

// --- the matched part, bold: letters, or syllables by their initial consonant ---

const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";

const initial = (letter) => {
  const code = letter.codePointAt(0) - 0xac00;
  return code >= 0 && code < 11172 ? INITIALS[Math.floor(code / 588)] : letter;
};

function marked(name, typed) {
  const [letters, wanted] = [[...name], [...typed.toUpperCase()]];
  const fits = (start) =>
    wanted.every((letter, at) => {
      const here = letters[start + at]?.toUpperCase();
      return here !== undefined && (here === letter || initial(here) === letter);
    });
  const start = letters.findIndex((_, at) => fits(at));
  if (start < 0) return [name];
  const part = (from, to) => letters.slice(from, to).join("");
  return [part(0, start), make("b", {}, part(start, start + wanted.length)), part(start + wanted.length)];
}

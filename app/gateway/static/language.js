// Korean and English: one text a key, with {values} in it and Korean particles by their last sound.

import en from "./i18n/en.js";
import ko from "./i18n/ko.js";

const TEXTS = { ko, en };
let chosen = document.documentElement.lang === "en" ? "en" : "ko";

export const language = () => chosen;

/** Return the text of `key`, its {values} filled in; a key without a text is a mistake of ours. */
export function say(key, values = {}) {
  const text = TEXTS[chosen][key];
  if (text === undefined) throw new Error(`no text ${key}`);
  const filled = text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  return filled.replace(
    /(.)\(([가-힣]+)\/([가-힣]+)\)/gu,
    (_, before, closed, open) => before + particle(before, closed, open),
  );
}

/** Return the text of `prefix` and `name`, or `otherwise`: for names that others have made up. */
export function sayName(prefix, name, otherwise = name) {
  return TEXTS[chosen][`${prefix}.${name}`] ?? otherwise;
}

/** Say what went wrong with a request; what only this request can have is said as the API did. */
export const sayProblem = (problem) => sayName("problem", problem.status, problem.message);

// Digits and Latin letters by how they are read: 0 영, 1 일, 3 삼, 6 육, 7 칠, 8 팔; L, M, N, R.
const CLOSED = "0136780LMNRlmnr";
const ENDS_IN_L = "178LRlr";

/** Choose 이 or 가, 을 or 를, 으로 or 로 … by whether what stands before them ends in a consonant. */
function particle(before, closed, open) {
  const code = before.codePointAt(0) - 0xac00;
  const syllable = code >= 0 && code < 11172;
  const final = syllable ? code % 28 : CLOSED.includes(before) ? 1 : 0;
  const endsInL = syllable ? final === 8 : ENDS_IN_L.includes(before);
  return final === 0 || (closed === "으로" && endsInL) ? open : closed;
}

/** Speak `to`: the page's lasting texts change at once, the rest when it is drawn again. */
export function speak(to) {
  chosen = to;
  document.documentElement.lang = to;
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
  for (const each of document.querySelectorAll("[data-say-as]")) {
    const [attribute, key] = each.dataset.sayAs.split(":");
    each.setAttribute(attribute, say(key));
  }
}

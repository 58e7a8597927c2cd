// What a person has chosen: filters, sort, ticker, theme, language, watched tickers. Kept in
// localStorage, and in the address, so that a view can be bookmarked; the address goes first.

const KEY = "krx-scanner";
const IN_ADDRESS = {
  s: "strategy",
  g: "grade",
  a: "actionable",
  w: "watched",
  t: "ticker",
  o: "sort",
  theme: "theme",
  lang: "language",
};
const DEFAULTS = {
  strategy: "",
  grade: "A",
  actionable: "",
  watched: "",
  ticker: "",
  sort: "",
  theme: "",
  language: "",
  letters: "",
  stars: [],
};
const FITTING = {
  strategy: /^[a-z_]{1,40}$/,
  grade: /^(S|A|all)$/,
  actionable: /^1$/,
  watched: /^1$/,
  ticker: /^[0-9A-Z]{6}$/,
  sort: /^[a-z]{1,10}\.(up|down)$/,
  theme: /^(light|dark)$/,
  language: /^(ko|en)$/,
  letters: /^off$/, // keys of one letter, which whoever dictates may not want
};

export const choices = { ...DEFAULTS, ...stored(), ...addressed() };

function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const stars = Array.isArray(kept.stars) ? kept.stars.filter((each) => FITTING.ticker.test(each)) : [];
    return { ...fitting(kept), ticker: "", stars };
  } catch {
    return {}; // storage is off, or holds something else: the defaults will do
  }
}

function addressed() {
  const given = new URLSearchParams(location.search);
  return fitting(
    Object.fromEntries(Object.entries(IN_ADDRESS).map(([short, name]) => [name, given.get(short)])),
  );
}

/** Return those of the `given` choices that make sense. */
function fitting(given) {
  const names = Object.keys(FITTING).filter(
    (name) => typeof given[name] === "string" && FITTING[name].test(given[name]),
  );
  return Object.fromEntries(names.map((name) => [name, given[name]]));
}

/** Change choices, and keep them. */
export function choose(changed) {
  Object.assign(choices, changed);
  try {
    localStorage.setItem(KEY, JSON.stringify(choices));
  } catch {
    // storage is off or full: they last as long as the page
  }
  const address = new URLSearchParams(location.search);
  for (const [short, name] of Object.entries(IN_ADDRESS)) {
    if (choices[name] === DEFAULTS[name]) address.delete(short);
    else address.set(short, choices[name]);
  }
  history.replaceState(null, "", address.size ? `?${address}` : location.pathname);
}

export const watched = (ticker) => choices.stars.includes(ticker);

/** Watch a ticker, or no longer. */
export function toggleStar(ticker) {
  const others = choices.stars.filter((each) => each !== ticker);
  choose({ stars: watched(ticker) ? others : [...others, ticker] });
}

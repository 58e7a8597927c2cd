// Where the page begins: what came with it is shown, what is missing is asked for, the feed followed.

import { restyle } from "./chart.js";
import { choices, choose } from "./choices.js";
import { closeDetail, openTicker, startDetail, stepTab, watchShown } from "./detail.js";
import { find, text } from "./dom.js";
import { follow, tick } from "./feed.js";
import { startFilters, STRATEGIES } from "./filters.js";
import { startKeys } from "./keys.js";
import { language, say, speak } from "./language.js";
import { startEmpty } from "./empty.js";
import { tickFirstStart } from "./first-start.js";
import { loadAgain, loadFirst, tickLoading } from "./load.js";
import { openNewScan, startNewScan } from "./new-scan.js";
import { startNotices, tickNotices } from "./notices.js";
import { scanNow, startScanNow, tickScanNow } from "./scan-now.js";
import { startScanbar, tickScanbar } from "./scanbar.js";
import { focusSearch, startSearch } from "./search.js";
import { changed, on, state, takeSignals } from "./state.js";
import { release, startTable, tickTable, walk } from "./table.js";
import { startTopbar, tickTopbar } from "./topbar.js";
import { subscribe, subscriptions } from "./watch.js";

const boot = JSON.parse(find("boot").textContent);

function begin() {
  if (choices.language && choices.language !== language()) speak(choices.language);
  state.clockOffset = Date.parse(boot.now) - Date.now();
  if (boot.signals) {
    takeSignals(boot.signals);
    state.next = boot.next;
    state.loaded = true;
  }
  startFilters();
  startTable({ open: openSignal });
  startDetail({ onOpen: subscribe });
  startTopbar();
  startScanbar();
  startNewScan();
  startScanNow();
  startSearch({ openTicker: (ticker) => openTicker(ticker, null, { enter: true }) });
  startEmpty();
  startNotices();
  startKeys({
    walk,
    search: focusSearch,
    scanNow,
    newScan: openNewScan,
    release,
    watch: watchShown,
    tab: stepTab,
    theme: switchTheme,
    language: switchLanguage,
    close: () => leaveMenu() || closeDetail(),
    enter,
  });
  find("theme").addEventListener("click", switchTheme);
  find("language").addEventListener("click", switchLanguage);
  find("menu").addEventListener("click", () => showMenu(!document.body.classList.contains("menu")));
  find("tools").addEventListener("click", leaveMenu);
  for (const button of document.querySelectorAll("dialog .close"))
    button.addEventListener("click", () => button.closest("dialog").close());
  on("view selection stars", subscribe);
  drawTheme();
  const chosen = STRATEGIES.find((name) => name === choices.strategy) ?? null;
  if (choices.ticker) openTicker(choices.ticker, chosen, { enter: false });
  follow(boot.place, { subscriptions, onReturn: loadAgain });
  loadFirst();
  setInterval(everySecond, 1000);
}

function everySecond() {
  tick();
  tickTopbar();
  tickScanbar();
  tickTable();
  tickNotices();
  tickScanNow();
  tickFirstStart();
  tickLoading();
}

// --- what a person does ---

const openSignal = (signal, how) => openTicker(signal.ticker, signal.strategy, how);

function enter(event) {
  const row = event.target;
  if (row.matches("#signals tr[data-key]")) openSignal(state.signals.get(row.dataset.key), { enter: true });
}

/** Open or close the menu, which a narrow page has in place of its tools. */
function showMenu(open) {
  document.body.classList.toggle("menu", open);
  find("menu").setAttribute("aria-expanded", String(open));
}

/** Close the menu, and give the focus to its button; say whether it was open. */
function leaveMenu() {
  if (!document.body.classList.contains("menu")) return false;
  if (!document.querySelector("dialog[open]")) find("menu").focus();
  showMenu(false);
  return true;
}

function switchTheme() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  choose({ theme });
  drawTheme();
  restyle();
}

function drawTheme() {
  text(find("theme"), say(document.documentElement.dataset.theme === "dark" ? "theme.light" : "theme.dark"));
}

function switchLanguage() {
  const to = language() === "ko" ? "en" : "ko";
  speak(to);
  choose({ language: to });
  drawTheme();
  changed("language");
  requestAnimationFrame(restyle);
}

begin();

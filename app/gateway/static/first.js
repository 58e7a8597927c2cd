// Runs before the first paint: the theme that was chosen, so that the page does not flash.
(() => {
  const given = new URLSearchParams(location.search).get("theme");
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem("krx-scanner") ?? "{}").theme;
  } catch {
    kept = undefined; // storage is off: the system's theme
  }
  const chosen = [given, kept].find((each) => each === "light" || each === "dark");
  const light = window.matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.dataset.theme = chosen ?? (light ? "light" : "dark");
})();

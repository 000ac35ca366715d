// Blocking and tiny, in the head: the theme is right before the first paint. Not a module for that reason.
(function () {
  "use strict";
  const KEY = "sertantai.theme";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function choice() {
    try {
      const kept = window.localStorage.getItem(KEY);
      return kept === "light" || kept === "dark" ? kept : "auto";
    } catch {
      return "auto"; // storage may be forbidden
    }
  }

  function apply() {
    const chosen = choice();
    const theme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
    document.documentElement.dataset.bsTheme = theme;
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", theme === "dark" ? "#161d22" : "#ffffff");
    document.dispatchEvent(new CustomEvent("sertantai:theme", { detail: { chosen, theme } }));
  }

  /** @param {string} next */
  function choose(next) {
    try {
      if (next === "auto") window.localStorage.removeItem(KEY);
      else window.localStorage.setItem(KEY, next);
    } catch {
      // It holds for this page then.
      document.documentElement.dataset.bsTheme = next === "auto" ? (dark.matches ? "dark" : "light") : next;
      return;
    }
    apply();
  }

  window.sertantaiTheme = Object.freeze({ choice, choose });
  dark.addEventListener("change", apply);
  window.addEventListener("storage", (event) => event.key === KEY && apply());
  apply();
})();

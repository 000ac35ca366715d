// The three hints of a first visit: shown by the server until they are closed here.

const COOKIE = "sertantai_hints";
const YEAR_S = 31_536_000;

export function wireHints() {
  document.getElementById("register").addEventListener("click", (event) => {
    if (!event.target?.closest("#close-hints")) return;
    document.cookie = `${COOKIE}=seen;path=/;max-age=${YEAR_S};samesite=lax`;
    document.getElementById("hints").remove();
    document.getElementById("select-page")?.focus();
  });
}

// Tells the server, in a cookie, in which time zone this browser is: a history is divided into days over there.

const COOKIE = "sertantai_zone";
const YEAR_S = 366 * 24 * 3600;

/** At once where the page depends on it, else once there is nothing better to do: to ask takes a while. */
export function tellTimeZone() {
  if (document.querySelector("[data-zone]")) tell();
  else if ("requestIdleCallback" in window) requestIdleCallback(tell, { timeout: 2000 });
  else setTimeout(tell, 200);
}

function tell() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  const before = told();
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `${COOKIE}=${encodeURIComponent(zone)};path=/;max-age=${YEAR_S};samesite=lax${secure}`;
  const shown = document.querySelector("[data-zone]")?.dataset.zone ?? zone;
  // Once: not if the server knew and takes it for no zone, nor if the browser keeps no cookies.
  if (shown !== zone && before !== zone && told() === zone) location.reload();
}

function told() {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith(`${COOKIE}=`));
  try {
    return cookie && decodeURIComponent(cookie.slice(COOKIE.length + 1));
  } catch {
    return ""; // written by somebody else
  }
}

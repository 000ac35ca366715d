// Who else is here: their initials on the page of a list or an organization that they share, and which law they look
// at. Who does not want to be shown says so in the same menu; this browser remembers it.

import { formatNumber } from "../formats.js";
import { icon } from "../icons.js";
import { quoted } from "../ticking/words.js";
import { initials } from "./initials.js";
import { live } from "./live.js";

/**
 * `laws`: which they look at. @typedef {{ id: string, name: string, laws: string[] }} Person
 * `count`: they are too many to be named. @typedef {{ people?: Person[], count?: number }} Here
 */

const FACES_MAX = 4;
const COLOURS = 6;

/** @param {HTMLElement} place with the topic that it is about */
export function wireHere(place) {
  /** @type {Here} */ let here = {};
  const menu = document.createElement("details");
  menu.className = "menu here";
  menu.dataset.menu = "";
  menu.dataset.testid = "here";
  const faces = Object.assign(document.createElement("summary"), { className: "here-faces" });
  const panel = Object.assign(document.createElement("div"), { className: "menu-panel" });
  const list = Object.assign(document.createElement("ul"), { className: "here-people" });
  panel.append(Object.assign(document.createElement("p"), { className: "menu-heading", textContent: "Here now" }), list, theSwitch());
  menu.append(faces, panel);

  const show = () => {
    const { people = [], count = people.length } = here;
    const others = sorted(people.filter(({ id }) => id !== live.user));
    faces.replaceChildren(...signs(others, count));
    const words = said(others, count, here.people === undefined);
    faces.setAttribute("aria-label", words);
    faces.title = words;
    list.replaceChildren(...(others.length ? others.map(line) : [line({ id: "", name: words, laws: [] })]));
    markRows(others);
    if (!menu.isConnected) place.replaceChildren(menu);
  };
  document.addEventListener("sertantai:rows", () => markRows(sorted((here.people ?? []).filter(({ id }) => id !== live.user))));
  live.follow(place.dataset.here ?? "", {
    heard(event, payload) {
      if (event === "here") {
        here = payload;
        show();
      } else if (event === "closed" || event === "refused" || event === "gone") {
        place.replaceChildren();
        markRows([]);
      }
    },
  });
}

/** @param {Person[]} people */
const sorted = (people) => people.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));

/** @param {Person[]} others @param {number} count */
function signs(others, count) {
  const further = others.length ? others.length - FACES_MAX : count;
  const some = others.slice(0, FACES_MAX).map((one) => face(one));
  if (further > 0) some.push(Object.assign(document.createElement("span"), { className: "face is-more", textContent: `${others.length ? "+" : ""}${formatNumber(further)}`, ariaHidden: "true" }));
  if (!others.length && count <= 1) return [icon("users")];
  return some;
}

/** @param {Person[]} others @param {number} count @param {boolean} isCounted */
function said(others, count, isCounted) {
  if (isCounted && count > 1) return `${formatNumber(count)} people are here`;
  if (!others.length) return "Nobody else is here";
  const names = others.slice(0, FACES_MAX).map(({ name }) => name || "A colleague");
  const further = others.length - names.length;
  return `Here now: ${names.join(", ")}${further > 0 ? ` and ${formatNumber(further)} more` : ""}`;
}

/** @param {Person} person */
function face({ id, name }) {
  const sign = Object.assign(document.createElement("span"), { className: `face is-${colour(id)}`, textContent: initials(name), ariaHidden: "true" });
  sign.title = name || "A colleague";
  return sign;
}

/** The same for everybody who sees them. @param {string} id */
const colour = (id) => [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % COLOURS;

/** @param {Person} person */
function line(person) {
  const item = document.createElement("li");
  if (person.id) item.append(face(person));
  item.append(Object.assign(document.createElement("span"), { className: "here-name", textContent: person.name || "A colleague" }));
  const titles = person.laws.map((law) => document.querySelector(`[data-record-id="${CSS.escape(law)}"] .record-title`)?.textContent.trim()).filter(Boolean);
  if (titles.length) item.append(Object.assign(document.createElement("span"), { className: "here-law", textContent: `looks at ${quoted(String(titles[0]))}` }));
  return item;
}

/** At each law that somebody looks at stands who. @param {Person[]} people */
function markRows(people) {
  for (const old of document.querySelectorAll(".face-at-law")) old.remove();
  for (const person of people) {
    for (const law of person.laws) {
      const cell = document.querySelector(`tr[data-record-id="${CSS.escape(law)}"] :is(.cell-title, .col-title_en)`);
      if (!cell) continue;
      const sign = face(person);
      sign.classList.add("face-at-law");
      sign.title = `${person.name} looks at this law`;
      sign.dataset.testid = "looks";
      cell.append(sign);
    }
  }
}

function theSwitch() {
  const label = Object.assign(document.createElement("label"), { className: "here-switch" });
  const box = Object.assign(document.createElement("input"), { type: "checkbox", className: "form-check-input", checked: live.isShown });
  box.dataset.testid = "show-me";
  box.addEventListener("change", () => { live.isShown = box.checked; });
  label.append(box, Object.assign(document.createElement("span"), { textContent: "Show others that I am here" }));
  return label;
}

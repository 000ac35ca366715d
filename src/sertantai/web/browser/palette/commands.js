// What the palette offers: commands that several pages have, and those that a page adds to them.
//
// A command is `{ sign, label, run }`.

import { printWhole } from "../print/whole.js";
import { openDialog } from "../dialog.js";

/** @import { Command } from "../domain.js" */

/** @param {string} href */
export const go = (href) => () => { location.href = href; };

/** @type {() => Command[]} */
let own = () => [];

/** `commands` gives those of this page; they come first. @param {() => Command[]} commands */
export function offer(commands) { own = commands; }
export const offered = () => own();

/** What is exported (`what`) and printed here, where one can go, and how it looks. */
export function commonCommands(what = "this page") {
  return [
    { sign: "book-2", label: "Go to the register", run: go("/records") },
    { sign: "list-details", label: "Go to the lists", run: go("/groups") },
    { sign: "history", label: "Go to the history", run: go("/history") },
    { sign: "user", label: "Go to the account", run: go("/account") },
    { sign: "moon", label: "Dark theme", run: () => window.sertantaiTheme.choose("dark") },
    { sign: "sun", label: "Light theme", run: () => window.sertantaiTheme.choose("light") },
    ...(document.getElementById("shortcuts") ? [{ sign: "keyboard", label: "Keyboard shortcuts", run: () => openDialog("shortcuts") }] : []),
    ...exports().map((link) => ({ sign: "download", label: `Export ${what} as ${link.dataset.export}`, run: () => link.click() })),
    { sign: "printer", label: `Print ${what}`, run: () => printWhole() || print() },
  ];
}

const exports = () => [...document.querySelectorAll("#export-menu a[data-export]")];

// The palette of every page but the register's, which has one that knows its view: lists, views, pages, laws.

import { Problem, get } from "../http.js";
import { address } from "../query.js";
import { ViewStore } from "../view_store.js";
import { commonCommands, go, offered } from "./commands.js";
import { Palette } from "./palette.js";

/** @import { List } from "../domain.js" */

const LISTS_MAX = 500;

/** Where somebody is signed in. */
export function wirePalette() {
  const user = document.body.dataset.signedIn;
  if (!user || document.getElementById("register")) return;
  const views = new ViewStore(user);
  /** @type {{ id: string, name: string }[]} */
  let lists = [];

  const palette = new Palette({
    commands: () => [
      ...offered(),
      ...lists.map(({ id, name }) => ({ sign: "folder", label: `Open the list “${name}”`, run: go(`/groups/${id}`) })),
      ...lists.map(({ id, name }) => ({ sign: "list-check", label: `Save ticks to “${name}”`, run: go(`/records?group=${id}`) })),
      ...views.all.map(({ name, query }) => ({ sign: "bookmark", label: `View “${name}”`, run: go(`/records?${query}`) })),
      ...commonCommands(),
    ],
    opening: async () => {
      await Promise.all([views.refresh(), askLists()]);
    },
    laws: {
      wanted: () => true,
      /** @param {string} id */
      open: (id) => go(`/records/${id}`)(),
      /** @param {string} words */
      search: (words) => go(address("/records", [["q", words]]))(),
    },
  });

  async function askLists() {
    try {
      lists = (await get(`/api/v1/groups?limit=${LISTS_MAX}`, { tries: 1 })).data.items.map((/** @type {List} */ { id, name }) => ({ id, name: name === "default" ? "My selection" : name }));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem; // those of before are still there
    }
  }

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    palette.open();
  });
}

// /groups: make, change, order, archive, delete and bring back lists.

import { announce } from "../../browser/announce.js";
import { offer } from "../../browser/palette/commands.js";
import { toast } from "../../browser/toast.js";
import { followLists } from "../../browser/lists/following.js";
import { editList } from "../../browser/lists/list_dialog.js";
import { changeList, deleteList, makeList, orderLists, restoreList } from "../../browser/lists_api.js";
import { wireOrdering } from "../../browser/lists/ordering.js";
import { Part } from "../../browser/asking.js";

/** @import { List } from "../../browser/domain.js" */

const overview = document.getElementById("overview");
const lists = new Part(overview);
const reload = () => lists.refresh();

/** @param {() => Promise<any>} action */
async function attempt(action) {
  try {
    return await action();
  } catch (problem) {
    toast(problem.message, { kind: "danger", key: "lists" });
    throw problem;
  }
}

/** @type {Record<string, (row: Found) => Promise<unknown>>} */
const ACTIONS = {
  /** @param {Found} row */
  async edit(row) {
    const { name, rawDescription: description, colour, list } = row.dataset;
    const saved = await editList({ heading: "Edit list", button: "Save", name, description, colour }, (fields) => changeList(list, fields));
    if (saved) await reload();
  },
  /** @param {Found} row */
  archive: (row) => archive(row, new Date().toISOString(), "archived"),
  /** @param {Found} row */
  unarchive: (row) => archive(row, null, "back in your lists"),
  /** @param {Found} row */
  async delete(row) {
    const { list, name } = row.dataset;
    await attempt(() => deleteList(list));
    await reload();
    toast(`“${name}” was deleted. You can restore it for 30 days.`, { undo: () => attempt(() => restoreList(list)).then(reload) });
  },
  /** @param {Found} row */
  async restore(row) {
    const { list, name: was } = row.dataset;
    /** @type {List} */
    const back = await attempt(() => restoreList(list));
    await reload();
    const renamed = back.name === was ? "" : ` as “${back.name}”`;
    toast(`“${was}” was restored${renamed}, with its laws and notes.`, { kind: "success" });
  },
  /** @param {Found} row */
  up: (row) => move(row, -1),
  /** @param {Found} row */
  down: (row) => move(row, 1),
};

/** @param {Found} row @param {string | null} at @param {string} words */
async function archive(row, at, words) {
  const { list, name } = row.dataset;
  const was = at === null ? new Date().toISOString() : null;
  await attempt(() => changeList(list, { metadata: { archived_at: at } }));
  await reload();
  toast(`“${name}” is ${words}.`, { undo: () => attempt(() => changeList(list, { metadata: { archived_at: was } })).then(reload) });
}

const order = () => [...overview.querySelectorAll("#list-rows > .list-row")].map((row) => row.dataset.list);

/** @param {Found} row @param {number} by */
async function move(row, by) {
  const ids = order();
  const at = ids.indexOf(row.dataset.list);
  ids.splice(at, 1);
  ids.splice(at + by, 0, row.dataset.list);
  await saveOrder(ids, `${row.dataset.name} is now ${at + by + 1} of ${ids.length}`);
}

/** @param {string[]} ids @param {string} words */
async function saveOrder(ids, words) {
  await attempt(() => orderLists(ids)).catch(() => null);
  await reload();
  announce(words);
}

overview.addEventListener("click", (event) => {
  const button = event.target?.closest("[data-act]");
  if (button) void ACTIONS[button.dataset.act](button.closest(".list-row")).catch(() => null);
});

document.getElementById("new-list").addEventListener("click", async () => {
  const made = await editList({ heading: "New list", button: "Create list" }, makeList);
  if (made) location.assign(`/groups/${made.id}`);
});

offer(() => [{ sign: "plus", label: "New list", run: () => document.getElementById("new-list").click() }]);
wireOrdering(overview, (name, at, count) => saveOrder(order(), `${name} is now ${at + 1} of ${count}`));
followLists(reload);

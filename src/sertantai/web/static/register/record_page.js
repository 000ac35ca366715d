// The page of one law: the same panel as in the drawer, with a queue of its own.

import { Ticking } from "../ticking/ticking.js";
import { RecordPanel } from "./record_panel.js";

const page = document.getElementById("record-page");
const record = document.getElementById("record");
const { list, recordId, ticked } = record.dataset;

const ticking = new Ticking({ user: page.dataset.user ?? null, refresh: async () => undefined, denied() {} });
ticking.load({
  list: list ?? null, listName: "", version: 0, listCount: 0, matchingCount: 0, total: 1,
  rows: new Map([[recordId, ticked === "true"]]),
});
new RecordPanel(record, ticking);
ticking.resume();

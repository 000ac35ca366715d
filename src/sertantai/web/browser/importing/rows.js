// A table of somebody's own, row by row as the server matches it: what each column is for says where its cells go.

/** @import { BroughtTable, ColumnsMapped, TableRow } from "../domain.js" */

/** What a column may be for, in the order in which it is offered. */
/** @type {[string, string][]} */
export const ROLES = [
  ["law", "Law"], ["reference", "Reference"], ["note", "Note"], ["tags", "Tags"], ["owner", "Owner"], ["date", "Date"],
  ["responsible", "Responsible"], ["review_on", "Review on"],
  ["other", "Not mapped"], ["out", "Leave out"],
];

const TAGS = /[,;\n]/;

/** Those below the headings, also those without a law. @param {BroughtTable} table @param {ColumnsMapped} mapped @returns {TableRow[]} */
export function rowsOf(table, mapped) {
  const headings = headingsOf(table, mapped);
  return table.rows.slice(mapped.heading === null ? 0 : mapped.heading + 1).map((row) => rowOf(row, headings, mapped));
}

/** What stands above each column. @param {BroughtTable} table @param {Pick<ColumnsMapped, "heading">} mapped @returns {string[]} */
export const headingsOf = (table, { heading }) => (heading === null ? [] : table.rows[heading]?.cells ?? []).map((text) => text.replace(/\s+/g, " ").trim());

/** Whether anything says which laws are meant. @param {ColumnsMapped} mapped */
export const namesLaws = ({ roles }) => roles.includes("law") || roles.includes("reference");

/** @param {BroughtTable["rows"][number]} row @param {string[]} headings @param {ColumnsMapped} mapped @returns {TableRow} */
function rowOf(row, headings, { roles, unmapped }) {
  /** @param {string} role @returns {[number, string][]} */
  const cells = (role) => roles.flatMap((one, at) => (one === role && row.cells[at]?.trim() ? [/** @type {[number, string]} */ ([at, row.cells[at].trim()])] : []));
  /** @param {string} role */
  const texts = (role) => cells(role).map(([, text]) => text);
  /** @param {[number, string]} cell @param {string} otherwise */
  const labelled = ([at, text], otherwise) => (headings[at] || otherwise ? `${headings[at] || otherwise}: ${text}` : text);
  /** @param {string} role */
  const first = (role) => (texts(role).length ? { [role]: texts(role)[0] } : {});
  const note = [
    ...texts("note"),
    ...texts("owner").map((owner) => `Owner: ${owner}`),
    ...cells("date").map((cell) => labelled(cell, "Date")),
    ...(unmapped === "note" ? cells("other").map((cell) => labelled(cell, "")) : []),
  ];
  return { line: row.line, law: texts("law"), reference: [...texts("reference"), ...addresses(row, roles)], note: note.join("\n"), ...first("responsible"), ...first("review_on"), tags: texts("tags").flatMap((text) => text.split(TAGS)).map((tag) => tag.trim()).filter(Boolean) };
}

/** Behind the cells of a law. @param {BroughtTable["rows"][number]} row @param {string[]} roles */
function addresses(row, roles) {
  return Object.entries(row.links ?? {}).filter(([at, link]) => ["law", "reference"].includes(roles[Number(at)]) && /\b(legislation|opsi|hmso)\.gov\.uk\//i.test(link)).map(([, link]) => link);
}

/**
 * In pieces that one request holds, so that somebody sees how far it is.
 * @template T @param {T[]} rows @param {{ many?: number, characters?: number }} most @returns {T[][]}
 */
export function pieces(rows, { many = 2_000, characters = 500_000 } = {}) {
  /** @type {T[][]} */
  const parts = [];
  let room = 0;
  for (const row of rows) {
    const size = JSON.stringify(row).length;
    if (!parts.length || parts.at(-1)?.length === many || size > room) { parts.push([]); room = characters; }
    parts.at(-1)?.push(row);
    room -= size;
  }
  return parts;
}

// An import in parts that one request can hold.

/** @import { ImportItem, ImportPart, ReportLine } from "../domain.js" */

const PART_BYTES = 1_500_000;
const PART_ITEMS = 50_000;
const PART_LINES = 20_000;
const utf8 = new TextEncoder();

/**
 * What became of every line, in as few parts as will do, each law in the part of the line that brings it: the server
 * says of it what the list held before that part.
 * @param {ImportItem[]} items @param {ReportLine[]} report @returns {Required<Pick<ImportPart, "items" | "report">>[]}
 */
export function partsOf(items, report) {
  const parts = [{ items: /** @type {ImportItem[]} */ ([]), report: /** @type {ReportLine[]} */ ([]) }];
  let bytes = 0;
  /** @param {ImportItem | undefined} item @param {ReportLine | undefined} line */
  function put(item, line) {
    const more = [item, line].reduce((sum, one) => sum + (one ? utf8.encode(JSON.stringify(one)).length + 1 : 0), 0);
    const { items: laws, report: lines } = parts[parts.length - 1];
    if (bytes + more > PART_BYTES || laws.length === PART_ITEMS || lines.length === PART_LINES) { parts.push({ items: [], report: [] }); bytes = 0; }
    bytes += more;
    if (item) parts[parts.length - 1].items.push(item);
    if (line) parts[parts.length - 1].report.push(line);
  }
  const left = new Map(items.map((item) => [item.record_id, item]));
  for (const line of report) {
    const item = line.outcome === "imported" ? left.get(line.record_id ?? "") : undefined;
    if (item) left.delete(item.record_id);
    put(item, line);
  }
  for (const item of left.values()) put(item, undefined);
  return parts;
}

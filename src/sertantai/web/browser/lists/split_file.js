// A large file in parts that the server takes: whole lines of text, whole records of CSV or JSON.

const PART_CHARACTERS = 600_000;

/** The parts of `text`, each a file of its own. Throws a SyntaxError for broken JSON. @param {string} text */
export function partsOf(text) {
  const whole = text.replace(/^\uFEFF/, "");
  if (whole.length <= PART_CHARACTERS) return [whole];
  const start = whole.trimStart();
  const data = isJson(start) ? JSON.parse(whole) : null;
  if (data) {
    const records = Array.isArray(data) ? data : (data.records ?? data.items ?? [data]);
    const head = data.filter ? [JSON.stringify({ ...data, records: [], items: undefined })] : [];
    return [...head, ...joined(records.map((/** @type {unknown} */ record) => JSON.stringify(record)), "")];
  }
  if (isObject(start.split("\n", 1)[0])) return joined(start.split("\n"), "");
  const records = csvRecords(whole);
  const isTable = /(^|,)"?(id|name|leg_gov_uk_url|citation|title_en|title)"?(,|$)/i.test(records[0]) && records[0].includes(",");
  return isTable ? joined(records.slice(1), `${records[0]}\n`) : joined(whole.split("\n"), "");
}

/** As the server tells it: "[1] Clean Air Act" begins a line, `["` begins JSON. @param {string} start */
function isJson(start) {
  return /^(\[\s*[[{"]|\{\s*["}])/.test(start) && !(start.startsWith("{") && isObject(start.split("\n", 1)[0]));
}

/** @param {string} line */
function isObject(line) {
  if (!line.startsWith("{")) return false;
  try { return typeof JSON.parse(line) === "object"; } catch { return false; }
}

/** Lines, but a line break inside quotation marks ends no record. @param {string} text */
function csvRecords(text) {
  const records = [];
  let record = "";
  let open = false;
  for (const line of text.split("\n")) {
    record = record ? `${record}\n${line}` : line;
    if ((line.split('"').length - 1) % 2) open = !open;
    if (!open) { records.push(record); record = ""; }
  }
  if (record) records.push(record);
  return records;
}

/** @param {string[]} records @param {string} head */
function joined(records, head) {
  const parts = [];
  let part = head;
  for (const record of records) {
    if (part.length + record.length > PART_CHARACTERS && part.length > head.length) { parts.push(part); part = head; }
    part += `${record}\n`;
  }
  parts.push(part);
  return parts;
}

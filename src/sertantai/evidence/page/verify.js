// The same checks as verify.py, in the same order and in the same words, with what browsers bring: SHA-256 and Ed25519
// of WebCrypto, inflating streams. Whoever changes one changes both; a test holds them together.

const TRUE = 0;
const FALSE = 1;
const CANNOT_TELL = 2;
const PACK_BYTES_MAX = 2 ** 28;
const FILES_MAX = 200;
const FILE_BYTES_MAX = 2 ** 27;
const ALL_BYTES_MAX = 2 ** 28;
const NOTE_BYTES_MAX = 2 ** 17;
const DEPTH_MAX = 50;
const PLAIN = ["README.txt", "entries.ndjson", "identities.ndjson", "keys.txt", "report.html", "verify.html", "verify.py"];
const BESIDE = ["consistency.json", "head.txt", "manifest.json", "proof.json", "statement.json"];
const HEAD_FILE = /^heads\/(0|[1-9][0-9]{0,18})\.txt$/;
const STAMP_FILE = /^heads\/(0|[1-9][0-9]{0,18})\.tsr$/;
const TIME = /^([1-9][0-9]{3})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(\.[0-9]{1,9})?Z$/;
const HEX = /^[0-9a-f]{64}$/;
const SALT = /^[0-9a-f]{32}$/;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SIZE = /^(0|[1-9][0-9]{0,18})$/;
const NAME = /^[!-*,-~]+$/;
const NOTICES =
  "access balance checked erasure events hold key list person policy register rejected restore retention reviewed statement".split(
    " ",
  );
const ADDING = ["select", "bulk_select"];
const REMOVING = ["deselect", "bulk_deselect", "clear_all"];
const ZERO = "0".repeat(64);

/** What is not as it must be; `step` is where that was found. */
class Untrue extends Error {
  constructor(step, sentence) {
    super(sentence);
    this.step = step;
  }
}

// -- what a pack is made of

const CRC = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc32(data) {
  let value = 0xffffffff;
  for (const byte of data) value = (value >>> 8) ^ CRC[(value ^ byte) & 255];
  return (value ^ 0xffffffff) >>> 0;
}

function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

function little(...fields) {
  const made = [];
  for (const [width, value] of fields)
    for (let at = 0; at < width; at += 1) made.push(Math.floor(value / 256 ** at) % 256);
  return made;
}

function printable(name) {
  return Array.from(name, (one) => (one > 32 && one < 127 ? String.fromCharCode(one) : "?")).join("");
}

async function unpacked(data) {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length > PACK_BYTES_MAX) throw new Untrue("zip", "The pack is larger than any pack may be.");
  const tail = data.length - 22;
  if (tail < 0 || view.getUint32(tail, true) !== 0x06054b50)
    throw new Untrue("zip", "This is no pack: it does not end as a ZIP file does.");
  const [count, length, start] = [view.getUint16(tail + 10, true), view.getUint32(tail + 12, true), view.getUint32(tail + 16, true)];
  const ending = little([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, length], [4, start], [2, 0]);
  if (!same(data.subarray(tail), ending)) throw new Untrue("zip", "The end of the ZIP file is damaged.");
  if (count > FILES_MAX || start + length + 22 !== data.length)
    throw new Untrue("zip", "The ZIP file has too many files, or its parts do not meet.");
  const files = new Map();
  let [at, end, total, last] = [start, 0, 0, ""];
  for (let number = 0; number < count; number += 1) {
    if (at + 46 > tail) throw new Untrue("zip", "The ZIP file's list of files is incomplete.");
    const [method, crc, packed, size, named] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 16, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 24, true),
      view.getUint16(at + 28, true),
    ];
    const name = data.subarray(at + 46, at + 46 + named);
    const shared = little([2, 20], [2, 0], [2, method], [2, 0], [2, 0x21], [4, crc], [4, packed], [4, size], [2, named], [2, 0]);
    const more = little([2, 0], [2, 0], [2, 0], [4, 0o100644 * 65536], [4, end]);
    const central = [0x50, 0x4b, 1, 2, 0x14, 3, ...shared, ...more, ...name];
    const local = [0x50, 0x4b, 3, 4, ...shared, ...name];
    const shown = printable(name);
    if (files.has(shown)) throw new Untrue("zip", `The file ${shown} is in the pack twice.`);
    if (!(PLAIN.includes(shown) || BESIDE.includes(shown) || shown === "report.pdf" || HEAD_FILE.test(shown) || STAMP_FILE.test(shown)))
      throw new Untrue("zip", `The pack has a file that belongs in none: ${shown}.`);
    if (shown < last) throw new Untrue("zip", `The files of the pack are not in their order: ${shown}.`);
    if (!same(data.subarray(at, at + central.length), central) || !same(data.subarray(end, end + local.length), local))
      throw new Untrue("zip", `What the ZIP file says of ${shown} is not as it was made.`);
    total += size;
    if ((method !== 0 && method !== 8) || size > FILE_BYTES_MAX || total > ALL_BYTES_MAX)
      throw new Untrue("zip", `The file ${shown} is packed in a way, or is of a size, that no pack has.`);
    const begin = end + local.length;
    at += central.length;
    end = begin + packed;
    last = shown;
    if (end > start) throw new Untrue("zip", `The file ${shown} is incomplete.`);
    files.set(shown, await inflated(data.subarray(begin, end), size, method, crc, shown));
  }
  if (at !== tail || end !== start) throw new Untrue("zip", "The ZIP file holds something beside its files.");
  for (const name of [...PLAIN, ...BESIDE]) if (!files.has(name)) throw new Untrue("zip", `The pack lacks the file ${name}.`);
  return files;
}

async function inflated(packed, size, method, crc, name) {
  const content = method === 8 ? await inflate(packed, size) : packed;
  if (content === null || content.length !== size || crc32(content) !== crc)
    throw new Untrue("zip", `The file ${name} cannot be unpacked to what the ZIP file says of it.`);
  return content;
}

/** Never more than `size` and a little: a bomb is left as soon as it says more than it was said to hold. */
async function inflate(packed, size) {
  const content = new Uint8Array(size);
  const stream = new DecompressionStream("deflate-raw");
  const [reader, writer] = [stream.readable.getReader(), stream.writable.getWriter()];
  const written = writer.write(packed).then(() => writer.close());
  written.catch(() => undefined); // reading fails, too, and says so
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return filled === size ? content : null;
      if (filled + value.length > size) {
        await reader.cancel();
        return null;
      }
      content.set(value, filled);
      filled += value.length;
    }
  } catch {
    return null;
  }
}

const ENCODER = new TextEncoder();

function decoded(data) {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
}

function canonicalText(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.keys(value).sort();
  return `{${fields.map((key) => `${JSON.stringify(key)}:${canonicalText(value[key])}`).join(",")}}`;
}

function canonical(value) {
  return ENCODER.encode(canonicalText(value));
}

function parsed(data, name) {
  let value;
  try {
    value = JSON.parse(decoded(data));
    limited(value, 0);
    if (same(canonical(value), data)) return value;
  } catch (error) {
    if (error instanceof Untrue) throw error;
  }
  throw new Untrue("form", `${name} is not written as a pack writes it.`);
}

function limited(value, depth) {
  if (depth > DEPTH_MAX) throw new RangeError("it is too deep");
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new RangeError("a number is too large");
  if (typeof value === "string" && !value.isWellFormed()) throw new RangeError("a text is none");
  if (value === null || typeof value !== "object") return;
  if (!Array.isArray(value) && Object.keys(value).some((key) => /[^\0-\x7f]/.test(key))) throw new RangeError("a key is not ASCII");
  for (const one of Object.values(value)) limited(one, depth + 1);
}

function linesOf(data, name) {
  need(data.length === 0 || data.at(-1) === 10, `${name} is incomplete.`);
  const lines = [];
  let begin = 0;
  for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, begin)) {
    lines.push(parsed(data.subarray(begin, end), `Line ${lines.length + 1} of ${name}`));
    begin = end + 1;
  }
  return lines;
}

function need(holds, sentence) {
  if (!holds) throw new Untrue("form", sentence);
}

const isText = (value) => typeof value === "string";
const whole = (value, least = 0) => Number.isInteger(value) && value >= least;
const textOrNone = (value, pattern) => value === null || (isText(value) && pattern.test(value));
const isHash = (value) => isText(value) && HEX.test(value);
const isId = (value) => isText(value) && ID.test(value);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const field = (value, name) => (Object.hasOwn(value, name) ? value[name] : undefined);

function hashes(value, name) {
  need(Array.isArray(value) && value.every(isHash), `${name} has something that is no hash.`);
  return value.map((one) => Uint8Array.from(one.match(/../g), (pair) => Number.parseInt(pair, 16)));
}

function hex(data) {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function keysAre(value, names, what) {
  need(isObject(value) && Object.keys(value).sort().join(" ") === names, `${what} has other fields than it must.`);
}

function isEntry(entry, what) {
  need(isObject(entry) && field(entry, "v") === 1, `${what} is of a version that is not known here.`);
  let good;
  if (field(entry, "kind") === "change") {
    keysAre(entry, "at by chain count journal kind list named op origin owner part pos rows source undoes v", what);
    good = ["by", "journal", "op", "owner"].every((name) => isId(entry[name]));
    good = good && textOrNone(entry.list, ID) && ["at", "part", "pos"].every((name) => whole(entry[name]));
    good = good && ["named", "origin"].every((name) => textOrNone(entry[name], HEX));
    good = good && (entry.count === null || whole(entry.count)) && isText(entry.source);
    good = good && (entry.undoes === null || isText(entry.undoes));
    const links = entry.chain;
    good = good && Array.isArray(links) && links.length === 2 && isLink(links[1]);
    good = good && (links[0] === null) === (entry.list === null) && (links[0] === null || isLink(links[0]));
    const rows = entry.rows;
    if (isObject(rows)) good = good && Object.keys(rows).sort().join(" ") === "n root" && whole(rows.n, 17) && isHash(rows.root);
    else good = good && Array.isArray(rows) && rows.length <= 16 && rows.every(isRow);
  } else {
    keysAre(entry, "at body by id kind number previous subject v", what);
    good = NOTICES.includes(entry.kind) && whole(entry.at) && isObject(entry.body) && isId(entry.id);
    good = good && whole(entry.number, 1) && isHash(entry.previous);
    good = good && textOrNone(entry.by, ID) && textOrNone(entry.subject, ID);
  }
  need(good, `${what} has a field that is not of its kind.`);
}

function isLink(link) {
  return Array.isArray(link) && link.length === 2 && whole(link[0], 1) && isHash(link[1]);
}

function isRow(row) {
  if (!Array.isArray(row) || row.length !== 4) return false;
  return isText(row[0]) && whole(row[1]) && isText(row[2]) && textOrNone(row[3], HEX);
}

// -- hashes and trees

function joined(...parts) {
  const made = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

const leafHash = (data) => sha256(joined([0], data));
const nodeHash = (left, right) => sha256(joined([1], left, right));

function middleOf(begin, end) {
  let width = 1;
  while (width * 2 < end - begin) width *= 2;
  return begin + width;
}

/** From some leaves, a Map by their places, and the nodes that cover the others, from left to right. */
async function rootOfMany(leaves, size, nodes, known) {
  const order = [...leaves.keys()].sort((one, other) => one - other);
  let used = 0;
  async function walk(begin, end, low, high) {
    let found;
    if (low === high) {
      found = nodes[used];
      used += 1;
      if (found === undefined) throw new RangeError("too few");
    } else if (end - begin === 1) found = leaves.get(begin);
    else {
      const middle = middleOf(begin, end);
      let cut = low;
      let beyond = high;
      while (cut < beyond) {
        const half = Math.floor((cut + beyond) / 2);
        if (order[half] < middle) cut = half + 1;
        else beyond = half;
      }
      found = await nodeHash(await walk(begin, middle, low, cut), await walk(middle, end, cut, high));
    }
    known.set(`${begin},${end}`, found);
    return found;
  }
  try {
    const root = await walk(0, size, 0, order.length);
    return used === nodes.length ? root : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

async function isConsistent(first, second, old, next, given) {
  if (first === second || first === 0) return given.length === 0 && (first ? same(old, next) : hex(old) === EMPTY);
  const nodes = Number.isInteger(Math.log2(first)) && 2 ** Math.log2(first) === first ? [old, ...given] : given;
  if (nodes.length === 0) return false;
  let [node, last] = [first - 1, second - 1];
  const up = () => {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  };
  while (node % 2 === 1) up();
  let [was, now] = [nodes[0], nodes[0]];
  for (const one of nodes.slice(1)) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      [was, now] = [await nodeHash(one, was), await nodeHash(one, now)];
      while (node % 2 === 0 && node > 0) up();
    } else now = await nodeHash(now, one);
    up();
  }
  return last === 0 && same(was, old) && same(now, next);
}

async function prefix(known, begin, end) {
  const found = known.get(`${begin},${end}`);
  if (found || end - begin < 2) return found;
  const middle = middleOf(begin, end);
  const left = await prefix(known, begin, middle);
  const right = left && (await prefix(known, middle, end));
  return right && nodeHash(left, right);
}

// -- heads

function strictBase64(text, what) {
  let data = "";
  try {
    data = atob(text);
  } catch {
    data = "";
  }
  need(data && btoa(data) === text, `${what} is not base64 as it is written.`);
  return Uint8Array.from(data, (one) => one.charCodeAt(0));
}

function cut(text, by) {
  const at = text.indexOf(by);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + by.length)];
}

async function keyOf(given) {
  const text = given.trim();
  const [name, rest] = cut(text, "+");
  const [stated, encoded] = cut(rest, "+");
  const data = strictBase64(encoded, `The key ${printable(ENCODER.encode(text))}`);
  need(NAME.test(name) && data.length === 33 && (data[0] === 1 || data[0] === 4), `The key of ${name} is of no known kind.`);
  const own = (await sha256(joined(ENCODER.encode(`${name}\n`), data))).slice(0, 4);
  need(hex(own) === stated, `The key of ${name} is damaged.`);
  return { name, kind: data[0], public: data.slice(1), hash: hex(own) };
}

function noteOf(data, what) {
  let text = "";
  try {
    text = decoded(data);
  } catch {
    text = "";
  }
  const at = text.lastIndexOf("\n\n");
  const bad = data.length > NOTE_BYTES_MAX || /[\0-\x09\x0b-\x1f]/.test(text);
  need(!bad && at > 0 && text.endsWith("\n") && text.length > at + 2, `${what} is no signed head.`);
  const lines = text.slice(0, at).split("\n");
  need(lines.length === 3 && lines.every((line) => line) && SIZE.test(lines[1]), `${what} is no signed head.`);
  const root = strictBase64(lines[2], `The root in ${what}`);
  need(root.length === 32 && Number.isSafeInteger(Number(lines[1])), `${what} is no signed head.`);
  const signatures = [];
  for (const line of text.slice(at + 2, -1).split("\n")) {
    const [sign, rest] = cut(line, " ");
    const [name, encoded] = cut(rest, " ");
    need(sign === "\u2014" && NAME.test(name), `${what} has a line that is no signature.`);
    const signed = strictBase64(encoded, `A signature in ${what}`);
    need(signed.length > 4, `${what} has a line that is no signature.`);
    signatures.push({ name, hash: hex(signed.slice(0, 4)), signature: signed.slice(4), line });
  }
  need(new Set(signatures.map((one) => one.line)).size === signatures.length, `${what} is signed twice by the same.`);
  return { origin: lines[0], size: Number(lines[1]), root, text: text.slice(0, at + 1), signatures };
}

async function isSignedBy(key, signature, message) {
  if (signature.length !== 64) return false;
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

// -- time stamps (RFC 3161): what they are of, and when; who signed them is not checked

const SHA256 = "0609608648016503040201";
const SIGNED_DATA = "06092a864886f70d010702";
const STAMP_INFO = "060b2a864886f70d0109100104";

/** What stands in DER one after another. */
function pieces(data) {
  const found = [];
  let at = 0;
  while (at < data.length) {
    if (at + 2 > data.length) throw new RangeError("incomplete");
    let [begin, length] = [at + 2, data[at + 1]];
    if (length > 128) {
      begin += length - 128;
      length = data.subarray(at + 2, begin).reduce((total, byte) => total * 256 + byte, 0);
    } else if (length === 128) throw new RangeError("no length");
    if (begin + length > data.length || begin - at > 8) throw new RangeError("incomplete");
    found.push({ tag: data[at], content: data.subarray(begin, begin + length), whole: data.subarray(at, begin + length) });
    at = begin + length;
  }
  return found;
}

function inside(piece, tag) {
  if (piece === undefined || piece.tag !== tag) throw new RangeError("another tag");
  return pieces(piece.content);
}

/** The SHA-256 that was stamped, and when, in seconds since 1970. */
function stampOf(data, what) {
  let [time, digest] = [null, new Uint8Array()];
  try {
    const [status, token] = inside(pieces(data)[0], 0x30);
    const [kind, wrapped] = inside(token, 0x30);
    const encapsulated = inside(inside(wrapped, 0xa0)[0], 0x30)[2];
    const [named, content] = inside(encapsulated, 0x30);
    const stated = inside(inside(content, 0xa0)[0], 0x04)[0];
    const [, , imprint, , told] = inside(stated, 0x30);
    const [algorithm, stamped] = inside(imprint, 0x30);
    const kinds = [kind, named, inside(algorithm, 0x30)[0]].map((one) => hex(one.whole));
    const at = TIME.exec(Array.from(told.content, (byte) => String.fromCharCode(byte)).join(""));
    let good = kinds.join(" ") === [SIGNED_DATA, STAMP_INFO, SHA256].join(" ") && told.tag === 0x18 && at !== null;
    good = good && ["020100", "020101"].includes(hex(inside(status, 0x30)[0].whole)) && stamped.tag === 4;
    if (good) {
      const written = `${at[1]}-${at[2]}-${at[3]}T${at[4]}:${at[5]}:${at[6]}`;
      const parsedTime = new Date(`${written}Z`);
      if (parsedTime.toISOString().slice(0, 19) === written) [time, digest] = [parsedTime.getTime() / 1000, stamped.content];
    }
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  }
  if (time === null || digest.length !== 32) throw new Untrue("form", `${what} is no time stamp.`);
  return [digest, time];
}

function stampedText(note, keys) {
  const own = new Set([...keys.values()].filter((key) => key.kind === 1).map((key) => `${key.name} ${key.hash}`));
  const lines = note.signatures.filter((one) => own.has(`${one.name} ${one.hash}`)).map((one) => `${one.line}\n`);
  return ENCODER.encode(`${note.text}\n${lines.join("")}`);
}

async function signers(note, keys, what) {
  const found = new Map();
  for (const { name, hash, signature: whole } of note.signatures) {
    const [text, key] = [...keys].find(([, one]) => one.name === name && one.hash === hash) ?? [null, null];
    if (key === null) throw new Untrue("head", `${what} has a signature of ${name}, of whom the pack has no key.`);
    let [signature, message, time] = [whole, note.text, null];
    if (key.kind === 4) {
      need(whole.length === 72, `${what} has a line that is no signature.`);
      time = Number(new DataView(whole.buffer, whole.byteOffset, 8).getBigUint64(0));
      need(Number.isSafeInteger(time), `${what} was signed at a time that is none.`);
      signature = whole.slice(8);
      message = `cosignature/v1\ntime ${time}\n${note.text}`;
    }
    if (!(await isSignedBy(key.public, signature, ENCODER.encode(message))))
      throw new Untrue("head", `${what} is not signed by ${name}: text or signature was changed.`);
    found.set(text, time);
  }
  return found;
}

function short(text) {
  return text.split("+").slice(0, 2).join("+");
}

function minute(at) {
  return `${new Date(Math.floor(at / 1000)).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

async function isRecovered(body, recovery) {
  const signature = field(body, "signature");
  if (field(body, "vouched_for") !== recovery || !isText(signature)) return false;
  const text = `sertantai-recovery/v1\n${body.key}\n`;
  const { public: key } = await keyOf(recovery);
  return isSignedBy(key, strictBase64(signature, "A signature of a key"), ENCODER.encode(text));
}

// -- what is checked, in this order

class Pack {
  constructor(data, saved, stampsChecked) {
    this.stampsChecked = stampsChecked;
    this.data = data;
    this.saved = saved;
    this.holds = [];
    this.remarks = [];
    this.unchecked = [];
    this.doubts = [];
    this.known = new Map();
  }

  async check(given, witnesses) {
    this.given = given;
    this.witnesses = witnesses;
    this.files = await unpacked(this.data);
    this.readStatement();
    this.readEntries();
    await this.headAndKey();
    await this.earlierHeads();
    await this.statementIsSealed();
    await this.filesAreSealed();
    await this.entriesAreSealed();
    this.nothingLeftOut();
    await this.lawsAreCounted();
    await this.openedFields();
    this.times();
    await this.savedHeads();
    this.sayLimits();
    return this.doubts.length ? CANNOT_TELL : TRUE;
  }

  readStatement() {
    this.statement = parsed(this.files.get("statement.json"), "statement.json");
    keysAre(this.statement, "entry index nodes opened", "statement.json");
    openedWell(this.statement.opened, "statement.json");
    const entry = this.statement.entry;
    isEntry(entry, "The statement");
    need(whole(this.statement.index) && entry.kind === "statement", "statement.json is no statement.");
    const body = entry.body;
    this.body = body;
    keysAre(body, "about asked count entries hash manifest number of since until", "The statement");
    let good = ["law", "list", "organization", "person"].includes(body.about) && isText(body.of);
    good = good && textOrNone(body.asked, HEX) && isHash(body.manifest) && whole(body.entries);
    good = good && ["count", "number", "since", "until"].every((one) => body[one] === null || whole(body[one]));
    need(good && textOrNone(body.hash, HEX), "The statement has a field that is not of its kind.");
    this.owner = entry.subject;
  }

  readEntries() {
    this.lines = linesOf(this.files.get("entries.ndjson"), "entries.ndjson");
    let last = -1;
    this.lines.forEach((line, at) => {
      const what = `Line ${at + 1} of entries.ndjson`;
      keysAre(line, "entry index opened rows", what);
      need(whole(line.index, last + 1), `${what} is not in the order of the log, or is there twice.`);
      last = line.index;
      isEntry(line.entry, what);
      openedWell(line.opened, what);
    });
    need(last < this.statement.index, "The statement is older than an entry of the pack.");
    need(this.lines.length === this.body.entries, "The pack has not as many entries as it says.");
  }

  async headAndKey() {
    const listed = printableText(this.files.get("keys.txt"));
    const own = new Map();
    for (const line of listed.split("\n").slice(0, -1)) own.set(line, await keyOf(line));
    need([...own.keys()].map((line) => `${line}\n`).join("") === listed, "keys.txt has a key twice, or a line that is none.");
    const keys = new Map([...own, ...this.given, ...this.witnesses]);
    this.notes = [];
    for (const name of [...this.files.keys()].sort())
      if (HEAD_FILE.test(name)) {
        const note = noteOf(this.files.get(name), name);
        need(name === `heads/${note.size}.txt`, `${name} is the head of another size.`);
        this.notes.push({ note, found: await signers(note, keys, name) });
      }
    await this.readStamps(keys);
    const head = noteOf(this.files.get("head.txt"), "head.txt");
    ({ origin: this.origin, size: this.size, root: this.root } = head);
    this.notes.sort((one, other) => one.note.size - other.note.size);
    this.notes.push({ note: head, found: await signers(head, keys, "head.txt") });
    for (const key of this.given.values())
      if (key.name !== this.origin || key.kind !== 1)
        throw new Untrue("head", `The pack is of ${this.origin}, and the key you gave is one of ${key.name}.`);
    this.since = this.compromisedKeys();
    this.trusted = this.given.size ? await this.keysThatFollow() : own;
    if (!this.given.size)
      this.doubts.push("You gave no key: anybody can have made this pack, which is only consistent with itself.");
    if (!this.counts(this.notes.at(-1), this.trusted)) this.doubtOrRefuse(own);
    else this.holds.push(`The head of ${this.origin}, of ${this.size} entries, is signed with ${this.whichKey()}.`);
    this.sayOfCompromised(keys);
  }

  async readStamps(keys) {
    this.stamps = new Map();
    const of = new Map();
    for (const { note } of this.notes) of.set(note.size, hex(await sha256(stampedText(note, keys))));
    for (const name of [...this.files.keys()].sort())
      if (STAMP_FILE.test(name)) {
        const size = Number(name.slice(6, -4));
        const [digest, time] = stampOf(this.files.get(name), name);
        this.stamps.set(size, time);
        if (of.get(size) !== hex(digest)) throw new Untrue("head", `${name} is a time stamp of something else than its head.`);
      }
    if (!this.stamps.size) return;
    const last = Math.max(...this.stamps.keys());
    const when = minute(this.stamps.get(last) * 1_000_000);
    this.holds.push(`Time stamps: ${this.stamps.size}, each of the head beside it; that of ${last} entries says ${when}.`);
    if (!this.stampsChecked)
      this.unchecked.push(
        `who made the time stamps: openssl ts -verify -digest ${of.get(last)} -in heads/${last}.tsr -CAfile AUTHORITY.pem`,
      );
  }

  whichKey() {
    if (!this.given.size) return "a key that stands in the pack itself";
    const given = [...this.notes.at(-1).found.keys()].some((text) => this.given.has(text));
    return given ? "the key you gave" : "a key that follows from the one you gave";
  }

  isOfLog(found, keys) {
    return [...found.keys()].some((text) => keys.has(text) && keys.get(text).name === this.origin && keys.get(text).kind === 1);
  }

  /** Signed with one of these keys, and of a key that was compromised, seen before by a witness that is trusted. */
  counts({ note, found }, keys) {
    const seen = [...found].filter(([text, time]) => time !== null && this.witnesses.has(text)).map(([, time]) => time);
    if (this.stampsChecked && this.stamps.has(note.size)) seen.push(this.stamps.get(note.size));
    return [...found.keys()].some((text) => {
      const isOurs = !this.since.has(text) || (seen.length > 0 && Math.min(...seen) * 1_000_000 <= this.since.get(text));
      return isOurs && this.isOfLog(new Map([[text, null]]), keys);
    });
  }

  toldOfKeys() {
    return this.lines.filter(({ entry }) => entry.kind === "key").map(({ index, entry }) => [index, entry.body]);
  }

  compromisedKeys() {
    const found = new Map();
    for (const [, body] of this.toldOfKeys()) {
      const [since, old] = [field(body, "compromised"), field(body, "vouched_for")];
      if (whole(since) && isText(old)) found.set(old, Math.min(since, found.get(old) ?? since));
    }
    return found;
  }

  async keysThatFollow() {
    const trusted = new Map(this.given);
    const followed = new Map();
    let before = 0;
    while (trusted.size > before) {
      before = trusted.size;
      let recovery = null;
      const upto = Math.max(0, ...this.notes.filter((one) => this.counts(one, trusted)).map(({ note }) => note.size));
      for (const [index, body] of this.toldOfKeys()) {
        const [told, next] = [field(body, "recovery"), field(body, "key")];
        if (index < upto && isText(told)) recovery = told;
        if (!isText(next) || trusted.has(next)) continue;
        if (index < upto) followed.set(next, `an earlier key, in entry ${index}`);
        else if (recovery !== null && (await isRecovered(body, recovery)))
          followed.set(next, `the recovery key, in entry ${index}`);
        else continue;
        trusted.set(next, await keyOf(next));
      }
    }
    for (const [text, by] of followed) this.holds.push(`The key ${short(text)} was vouched for by ${by}.`);
    return trusted;
  }

  doubtOrRefuse(own) {
    const signing = [...this.notes.at(-1).found.keys()].filter((text) => this.isOfLog(new Map([[text, null]]), own));
    const known = this.notes.slice(0, -1).filter(({ found }) => this.isOfLog(found, this.trusted));
    for (const text of signing) {
      if (this.trusted.has(text)) {
        this.doubts.push(
          `head.txt is signed with ${short(text)}, which somebody else may have since ${minute(this.since.get(text))}: ` +
            "ask the operator for the key of today.",
        );
        return;
      }
      const told = this.toldOfKeys().find(([, body]) => {
        const old = field(body, "vouched_for");
        return field(body, "key") === text && isText(old) && (old === "nobody" || this.since.has(old));
      });
      if (told && known.length) {
        const isLost = field(told[1], "vouched_for") === "nobody";
        const why = isLost ? "the one before was lost" : "the one that did may be somebody else's";
        this.doubts.push(
          `Nobody vouched for the key ${short(text)} of entry ${told[0]}, as ${why}: ask the operator in person whether ` +
            `it is theirs. Your key signed the log of ${known.at(-1).note.size} entries.`,
        );
        this.sayWhoSawBoth(text, known);
        return;
      }
    }
    throw new Untrue("head", "head.txt is not signed with the key, nor with one that follows from it.");
  }

  sayWhoSawBoth(text, known) {
    for (const witness of this.witnesses.keys()) {
      const after = this.notes.filter(({ found }) => found.has(text) && found.has(witness)).map(({ note }) => note.size);
      if (after.length && known.some(({ found }) => found.has(witness)))
        this.holds.push(
          `The witness ${short(witness)} saw the log continue from your key to the other one, to entry ${Math.max(...after)}.`,
        );
    }
  }

  sayOfCompromised(keys) {
    for (const [text, since] of this.since) {
      const signed = this.notes.filter(({ found }) => found.has(text));
      const seen = signed.filter((one) => this.counts(one, new Map([[text, keys.get(text)]]))).length;
      this.remarks.push(
        `Somebody else may have the key ${short(text)} since ${minute(since)}: of ${signed.length} heads that it signed, ` +
          `${seen} were seen before by somebody whom you trust, and the others count for nothing.`,
      );
    }
  }

  async earlierHeads() {
    const steps = parsed(this.files.get("consistency.json"), "consistency.json");
    need(Array.isArray(steps) && steps.length === this.notes.length - 1, "consistency.json has not as many steps as heads.");
    for (const [at, step] of steps.entries()) {
      const [old, next] = [this.notes[at].note, this.notes[at + 1].note];
      keysAre(step, "first nodes second", "consistency.json");
      const nodes = hashes(step.nodes, "consistency.json");
      need(step.first === old.size && step.second === next.size, "consistency.json is about other heads.");
      const ordered = old.origin === next.origin && old.size < next.size;
      if (!ordered || !(await isConsistent(step.first, step.second, old.root, next.root, nodes)))
        throw new Untrue("heads", `The log of ${step.second} entries does not begin as it was with ${step.first}.`);
    }
    for (const { note } of this.notes) this.known.set(`0,${note.size}`, note.root);
    if (steps.length) this.holds.push(`It continues each of the ${steps.length} earlier heads in the pack.`);
  }

  async statementIsSealed() {
    const nodes = hashes(this.statement.nodes, "statement.json");
    const { entry, index } = this.statement;
    const leaves = new Map([[index, await leafHash(canonical(entry))]]);
    const root = index < this.size ? await rootOfMany(leaves, this.size, nodes, this.known) : null;
    if (root === null || !same(root, this.root))
      throw new Untrue("statement", "The statement of this pack is not in the log that the head speaks of.");
    this.holds.push(`The statement made for this pack is entry ${index} of the log.`);
  }

  async filesAreSealed() {
    const data = this.files.get("manifest.json");
    if (hex(await sha256(data)) !== this.body.manifest) throw new Untrue("manifest", "manifest.json is not the one that was sealed.");
    const manifest = parsed(data, "manifest.json");
    keysAre(manifest, "files v", "manifest.json");
    const listed = manifest.files;
    need(isObject(listed) && manifest.v === 1, "manifest.json is of a version that is not known here.");
    const names = new Set([...this.files.keys()].filter((name) => !BESIDE.includes(name)).concat(Object.keys(listed)));
    for (const name of [...names].sort()) {
      const content = this.files.get(name);
      if (content === undefined || field(listed, name) !== hex(await sha256(content)))
        throw new Untrue("manifest", `${printable(ENCODER.encode(name))} is not the file that was sealed.`);
    }
    this.holds.push("The report and the files beside it are, to the byte, what was sealed.");
  }

  async entriesAreSealed() {
    const proof = parsed(this.files.get("proof.json"), "proof.json");
    keysAre(proof, "nodes size", "proof.json");
    const nodes = hashes(proof.nodes, "proof.json");
    need(proof.size === this.size, "proof.json is for another head.");
    this.leaves = new Map();
    for (const line of this.lines) this.leaves.set(line.index, await leafHash(canonical(line.entry)));
    if (!this.leaves.size) need(!nodes.length, "proof.json proves nothing.");
    else {
      const root = await rootOfMany(this.leaves, this.size, nodes, this.known);
      if (root === null || !same(root, this.root))
        throw new Untrue("entries", "The entries do not lead to the head: one of them, or the proof, was changed.");
    }
    this.holds.push(`All ${this.lines.length} entries are in the log, each at its place.`);
  }

  nothingLeftOut() {
    this.history = [];
    const end = [this.body.number ?? 0, this.body.hash ?? ZERO];
    if (this.body.about !== "list" && this.body.about !== "organization") {
      need(end[0] === 0 && end[1] === ZERO, "The statement ends a history that there is none of.");
      this.unchecked.push("whether entries were left out: of a law or a person the log keeps no numbers");
      return;
    }
    const [place, name] = this.body.about === "list" ? [0, "list"] : [1, "owner"];
    let [number, before] = [0, ZERO];
    for (const line of this.lines) {
      const entry = line.entry;
      if (entry.kind !== "change" || entry[name] !== this.body.of || entry.owner !== this.owner) continue;
      const link = entry.chain[place];
      if (!this.history.length && link[0] > 1) [number, before] = [link[0] - 1, link[1]];
      if (link[0] !== number + 1 || link[1] !== before)
        throw new Untrue("chain", `After number ${number} of the history something is missing or changed.`);
      [number, before] = [link[0], hex(this.leaves.get(line.index))];
      this.history.push(line);
    }
    if (number !== end[0] || before !== end[1])
      throw new Untrue("chain", `The history continues to number ${end[0]}, and the pack ends with ${number}.`);
    const first = this.history.length ? this.history[0].entry.chain[place][0] : 1;
    this.holds.push(`Nothing was left out between number ${first} and number ${number} of its history.`);
    if (first > 1) this.unchecked.push(`what happened before number ${first} of the history`);
  }

  async lawsAreCounted() {
    for (const line of this.lines) {
      const what = `Entry ${line.index}`;
      const change = line.entry.kind === "change";
      need(change || line.rows === null, `${what} has no rows.`);
      line.shown = change ? await shownRows(line.entry.rows, line.rows, what) : [];
    }
    if (this.body.about !== "list") return;
    const { before, steps } = counted(this.history);
    const last = this.history.length ? this.history.at(-1).entry.count : this.body.count;
    if (last !== this.body.count)
      throw new Untrue("count", `The statement says ${this.body.count ?? "no"} laws, and the last entry ${last ?? "no"}.`);
    this.holds.push(`The number of laws in the list is right after each of ${steps} steps.`);
    if (before) this.unchecked.push(`which ${before} laws were in the list before its first entry here`);
  }

  async openedFields() {
    let opened = 0;
    for (const line of [...this.lines, this.statement])
      for (const [place, salt, name, value] of line.opened) {
        const sealed = commitmentAt(line, place, name);
        if (sealed === null || hex(await sha256(canonical([salt, name, value]))) !== sealed)
          throw new Untrue("opened", `Entry ${line.index}: ${printable(ENCODER.encode(place))} is not what was sealed.`);
        opened += 1;
      }
    const named = new Map(this.lines.map((line) => [line.index, line]));
    let told = 0;
    linesOf(this.files.get("identities.ndjson"), "identities.ndjson").forEach((one, at) => {
      keysAre(one, "id index name", `Line ${at + 1} of identities.ndjson`);
      const line = whole(one.index) ? named.get(one.index) : undefined;
      told += one.index === null ? 1 : 0;
      need(isId(one.id) && isText(one.name), `Line ${at + 1} of identities.ndjson names nobody.`);
      const sealed =
        line && field(line.entry, "subject") === one.id && line.opened.some((each) => each[3] === canonicalText(one.name));
      if (one.index !== null && !sealed) throw new Untrue("opened", `The name of ${one.id} is not what was sealed.`);
    });
    this.holds.push(`${opened} fields are shown in clear text, each as it was sealed.`);
    if (told) this.unchecked.push(`${told} names of people: they are as the sender had them when the pack was made`);
  }

  times() {
    const seen = [];
    for (const { note, found } of this.notes)
      for (const time of found.values()) if (time !== null) seen.push({ time, size: note.size });
    const witnessed = seen.length > 0;
    for (const [size, time] of this.stamps) seen.push({ time, size });
    let latest = 0;
    for (const { index, entry } of this.lines) {
      if (entry.at < latest - 5_000_000) this.remarks.push(`Entry ${index} says an earlier time than one before it.`);
      latest = Math.max(latest, entry.at);
      if (seen.some(({ time, size }) => size > index && entry.at > (time + 60) * 1_000_000))
        this.remarks.push(`Entry ${index} says a later time than when somebody else saw it.`);
      if (seen.some(({ time, size }) => size <= index && entry.at < (time - 3600) * 1_000_000))
        this.remarks.push(`Entry ${index} says a time at which somebody else saw a log without it.`);
    }
    if (!seen.length) this.unchecked.push("times: no witness has signed a head, so they are those of the server's own clock");
    else if (witnessed && !this.witnesses.size)
      this.unchecked.push("who the witnesses are: their keys stand in the pack itself (--witness)");
  }

  async savedHeads() {
    for (const [name, data] of this.saved) {
      let saved;
      try {
        saved = noteOf(data, name);
      } catch (error) {
        if (!(error instanceof Untrue)) throw error;
        this.doubts.push(error.message);
        continue;
      }
      let known;
      if (saved.size === 0) known = await sha256(new Uint8Array()); // the root of a log without entries, whoever's it is
      else if (saved.size <= this.size) known = await prefix(this.known, 0, saved.size);
      if (saved.origin !== this.origin) this.doubts.push(`${name} is a head of ${saved.origin}, not of ${this.origin}.`);
      else if (known === undefined)
        this.doubts.push(`${name} is of ${saved.size} entries: this pack has no proof from there; ask for one.`);
      else if (!same(known, saved.root))
        throw new Untrue("saved", `${name} is the head of another history: what it saw was changed since.`);
      else this.holds.push(`It continues the head that you kept in ${name}.`);
    }
  }

  sayLimits() {
    if (!this.saved.length) this.unchecked.push("whether the log tells others the same: compare a head that you kept (--head)");
    this.unchecked.push("how the report words the entries: it is sealed as it is, and entries.ndjson decides");
    this.unchecked.push("whether what people entered was right, and who sat at their screens");
  }
}

/** Of bytes that are ASCII, the text; another byte is no letter of a key. */
function printableText(data) {
  return Array.from(data, (one) => String.fromCharCode(one < 128 ? one : 0xfffd)).join("");
}

function openedWell(opened, what) {
  need(Array.isArray(opened) && opened.every(isOpening), `${what} opens a field as no pack does.`);
  const places = opened.map((one) => one[0]);
  const ordered = places.every((place, at) => at === 0 || places[at - 1] < place);
  need(ordered, `${what} opens a field twice, or not in order.`);
}

function isOpening(one) {
  return Array.isArray(one) && one.length === 4 && one.every(isText) && /^[\0-\x7f]*$/.test(one[0]) && SALT.test(one[1]);
}

async function shownRows(rows, shown, what) {
  if (Array.isArray(rows)) {
    need(shown === null, `${what} shows rows twice.`);
    return rows;
  }
  if (shown === null) return [];
  keysAre(shown, "at nodes", what);
  need(Array.isArray(shown.at), `${what} shows no rows.`);
  const leaves = new Map();
  let last = -1;
  for (const one of shown.at) {
    need(Array.isArray(one) && one.length === 2 && isRow(one[1]), `${what} shows a row that is none.`);
    need(whole(one[0], last + 1) && one[0] < rows.n, `${what} shows rows that are not in order.`);
    last = one[0];
    leaves.set(one[0], await leafHash(canonical(one[1])));
  }
  const nodes = hashes(shown.nodes, what);
  const root = leaves.size ? await rootOfMany(leaves, rows.n, nodes, new Map()) : null;
  if (root === null || hex(root) !== rows.root) throw new Untrue("rows", `${what}: a row that is shown is not what was sealed.`);
  return shown.at.map((one) => one[1]);
}

function isFull(line) {
  const rows = line.entry.rows;
  return Array.isArray(rows) || line.shown.length === rows.n;
}

function heldBefore(history) {
  let net = 0;
  for (const line of history) {
    for (const [action] of line.shown) net += (ADDING.includes(action) ? 1 : 0) - (REMOVING.includes(action) ? 1 : 0);
    if (!isFull(line)) return null;
    if (line.entry.count !== null) return line.entry.count - net;
  }
  return null;
}

function counted(history) {
  const before = heldBefore(history);
  let [held, count, steps] = [before === 0 ? new Set() : null, before, 0];
  for (const line of history) {
    const entry = line.entry;
    if (count === null || !isFull(line)) {
      [held, count] = [null, entry.count];
      continue;
    }
    for (const [action, law] of line.shown.filter((row) => ADDING.includes(row[0]) || REMOVING.includes(row[0]))) {
      const removes = REMOVING.includes(action);
      if (held !== null && held.has(law) !== removes)
        throw new Untrue("count", `Entry ${line.index} changes law ${law} to what it was already.`);
      count += removes ? -1 : 1;
      if (held !== null) removes ? held.delete(law) : held.add(law);
    }
    if (entry.count === null) continue;
    if (count !== entry.count) throw new Untrue("count", `Entry ${line.index} says ${entry.count} laws, and there are ${count}.`);
    steps += 1;
  }
  return { before, steps };
}

function commitmentAt(line, place, name) {
  const entry = line.entry;
  const [first, rest] = cut(place, "/");
  if (entry.kind !== "change") {
    const found = first === "body" ? field(entry.body, rest) : null;
    return isText(found) ? found : null;
  }
  if (first === "rows" && SIZE.test(rest) && Number(rest) < line.shown.length) {
    const row = line.shown[Number(rest)];
    return name === `content/${row[1]}` ? row[3] : null;
  }
  return (place === "named" || place === "origin") && place === name ? entry[place] : null;
}

/** `{status, step, said}`, as `verify` in verify.py. `heads`: pairs of a name and bytes. */
async function verify(data, keys = [], heads = [], witnesses = [], stampsChecked = false) {
  const given = new Map();
  const others = new Map();
  try {
    for (const key of keys) given.set(key.trim(), await keyOf(key));
    for (const key of witnesses) others.set(key.trim(), await keyOf(key));
  } catch (error) {
    if (!(error instanceof Untrue)) throw error;
    return { status: CANNOT_TELL, step: "key", said: [`CANNOT TELL. ${error.message}`] };
  }
  const pack = new Pack(data, heads, stampsChecked);
  const holds = () => pack.holds.map((one) => `  holds   ${one}`);
  try {
    const status = await pack.check(given, others);
    const said = [...holds(), ...pack.remarks.map((one) => `  look    ${one}`), ...pack.doubts.map((one) => `  unsure  ${one}`)];
    said.push("", "Not checked:", ...pack.unchecked.map((one) => `  - ${one};`), "");
    said.push(pack.doubts.length ? "CANNOT TELL whether this pack is true." : "This pack is true.");
    return { status, step: null, said };
  } catch (error) {
    if (!(error instanceof Untrue)) throw error;
    const said = [...holds(), `  FALSE   ${error.message}`, "", "This pack is NOT true. Do not rely on it."];
    return { status: FALSE, step: error.step, said };
  }
}

// A chosen file as text: in the encoding that it says or shows, and told where that was a guess.

const NOT_TEXT = "This is not a text file. Choose a CSV or JSON file, or paste the lines.";
const MARKS = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { bytes: [0xff, 0xfe], encoding: "utf-16le" },
  { bytes: [0xfe, 0xff], encoding: "utf-16be" },
];
const HEAD_BYTES = 4_096;

/** `{ text, guessed }` of a `File`; `guessed` names the encoding that nothing in the file says. Throws an Error for what is no text. */
/** @param {File} file */
export async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const mark = MARKS.find((one) => one.bytes.every((byte, at) => bytes[at] === byte));
  if (mark) return { text: new TextDecoder(mark.encoding).decode(bytes), guessed: null };
  if (bytes.subarray(0, HEAD_BYTES).includes(0)) throw new Error(NOT_TEXT);
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), guessed: null };
  } catch {
    // What Excel and Notepad write on a Windows of western Europe, and what no other encoding excludes.
    return { text: new TextDecoder("windows-1252").decode(bytes), guessed: "Windows-1252" };
  }
}

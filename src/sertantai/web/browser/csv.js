// Rows as a CSV file that spreadsheets open, and run nothing of.

// What a spreadsheet would run as a formula, as the server's own exports guard it.
const FORMULA = /^(?='*[=+\-@＝＋－＠\t\r\n])|(?<=[;\t\r\n])(?='*[=+\-@＝＋－＠])/g;

/** @param {string[][]} rows */
export const csvText = (rows) => `\uFEFF${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;

/** @param {string} text */
function cell(text) {
  const guarded = text.replace(FORMULA, "'");
  return /[",\r\n;]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

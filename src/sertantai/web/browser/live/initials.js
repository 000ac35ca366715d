// A person in two letters.

/** Of the first and the last word; of an address its first letters; of nobody's name a sign. @param {string} name */
export function initials(name) {
  const words = name.replace(/@.*$/, "").split(/[\s._-]+/).filter(Boolean);
  const first = (/** @type {string} */ word) => [...word][0] ?? "";
  const letters = words.length > 1 ? `${first(words[0])}${first(String(words.at(-1)))}` : [...(words[0] ?? "")].slice(0, 2).join("");
  return letters.toLocaleUpperCase() || "?";
}

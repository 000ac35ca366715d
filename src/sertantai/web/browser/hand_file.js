// A file that was made in the browser, for whoever looks at the page.

/** @param {Blob} blob @param {string} name */
export function handFile(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// Turns a part of the page into what the server says it is now, and leaves alone what is that already: the
// browser works out anew only what differs, and focus, scrolling and what is folded stay.

/**
 * Make `now` like `next`, which is used up by it.
 * @param {ChildNode} now @param {ChildNode} next
 */
export function become(now, next) {
  if (now.isEqualNode(next)) return;
  if (now.nodeType === Node.TEXT_NODE && next.nodeType === Node.TEXT_NODE) {
    now.nodeValue = next.nodeValue;
  } else if (now instanceof Element && next instanceof Element && now.nodeName === next.nodeName && now.id === next.id) {
    turn(now, next);
  } else {
    now.replaceWith(document.adoptNode(next));
  }
}

/** @param {Element} now @param {Element} next */
function turn(now, next) {
  takeAttributes(now, next);
  takeChildren(now, next);
}

/**
 * The same for what is inside of `now`. Rows, and whatever else has an identity, stay who they are. Only a law's row
 * that goes, and that nobody is in, is turned into one that comes: that takes a browser less than a new one.
 * @param {Element} now @param {ParentNode & Node} next
 */
export function takeChildren(now, next) {
  if (identity(next.lastElementChild) || identity(now.lastElementChild)) takeRows(now, next);
  else takeInOrder(now, next);
}

/**
 * What has an identity comes and goes without moving what stands behind it, and so do the blanks between elements.
 * @param {Element} now @param {ParentNode & Node} next
 */
function takeInOrder(now, next) {
  const wanted = new Set([...next.children].map(identity));
  for (const child of Array.from(now.children)) if (identity(child) && !wanted.has(identity(child))) child.remove();
  let old = now.firstChild;
  for (const fresh of Array.from(next.childNodes)) {
    if (fresh instanceof Element) while (isBlank(old)) old = removed(/** @type {ChildNode} */ (old));
    const name = identity(fresh);
    if (!old || (old instanceof Element && (isBlank(fresh) || (name && identity(old) !== name)))) {
      now.insertBefore(document.adoptNode(fresh), old);
    } else {
      const here = old;
      old = old.nextSibling;
      become(here, fresh);
    }
  }
  while (old) old = removed(old);
}

/** @param {Element} now @param {ParentNode & Node} next */
function takeRows(now, next) {
  const wanted = new Set([...next.children].map(identity));
  /** @type {Map<string, Element>} */
  const standing = new Map();
  for (const child of Array.from(now.children)) {
    const name = identity(child);
    if (name && wanted.has(name)) standing.set(name, child);
    else if (name && !isSpare(child)) child.remove();
  }
  /** @param {Node} node */
  const stands = (node) => standing.get(identity(node)) === node;
  let old = now.firstChild;
  for (const fresh of Array.from(next.childNodes)) {
    const name = identity(fresh);
    const same = standing.get(name);
    if (same) {
      while (old && !stands(old)) old = removed(old);
      standing.delete(name);
      if (old === same) old = same.nextSibling;
      else now.insertBefore(same, old);
      become(same, fresh);
    } else if (old instanceof Element && fresh instanceof Element && isRow(fresh) && isRow(old) && !stands(old)) {
      const here = old;
      old = old.nextSibling;
      turn(here, fresh);
    } else if (!old || name || identity(old)) {
      now.insertBefore(document.adoptNode(fresh), old);
    } else {
      const here = old;
      old = old.nextSibling;
      become(here, fresh);
    }
  }
  while (old) old = removed(old);
}

/**
 * Fields say what the server wrote, whatever was done to them; what somebody is typing in is left to them, and so
 * are `drafts`.
 * @param {Iterable<Found>} fields @param {Set<Found>} drafts
 */
export function resetFields(fields, drafts = new Set()) {
  for (const field of fields) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = field.defaultChecked;
    else if (field.tagName === "OPTION") field.selected = field.defaultSelected;
    else if (field.tagName === "INPUT" && field !== document.activeElement && !drafts.has(field)) field.value = field.defaultValue;
  }
}

/** By what something of a page is told from its neighbours; nothing for what has no identity. @param {Node | null} node */
function identity(node) {
  if (!(node instanceof Element)) return "";
  return node.id || node.getAttribute("data-record-id") || node.getAttribute("data-operation") || node.getAttribute("data-list") || "";
}

/** @param {Element} element */
const isRow = (element) => element.nodeName === "TR" && element.hasAttribute("data-record-id");

/** @param {Node | null} node */
const isBlank = (node) => node?.nodeType === Node.TEXT_NODE && !node.nodeValue?.trim();

/** A row that nobody is in, and in which nothing is open. @param {Element} element */
const isSpare = (element) => isRow(element) && !element.contains(document.activeElement) && !element.querySelector("details[open]");

/** @param {ChildNode} node */
function removed(node) {
  const following = node.nextSibling;
  node.remove();
  return following;
}

/** @param {Element} now @param {Element} next */
function takeAttributes(now, next) {
  for (const name of next.getAttributeNames()) {
    const value = next.getAttribute(name);
    if (now.getAttribute(name) !== value && !isOurs(now, name)) now.setAttribute(name, String(value));
  }
  for (const name of now.getAttributeNames()) {
    if (!next.hasAttribute(name) && !isOurs(now, name)) now.removeAttribute(name);
  }
}

/** Who has folded something, where an open menu found room, and where the Tab key stops, the server does not know. */
/** @param {Element} element @param {string} name */
function isOurs(element, name) {
  if (name === "class" || name === "style") return element.classList.contains("menu-panel");
  return name === "tabindex" || (name === "open" && element.tagName === "DETAILS");
}

// Turns a part of the page into what the server says it is now, and leaves alone what is that already: the
// browser works out anew only what differs, and focus, scrolling and what is folded stay.

/** Put into `element` what the server says stands there, anew. @param {HTMLElement} element @param {string} html */
export function fill(element, html) {
  const said = document.createElement("template");
  said.innerHTML = html;
  element.replaceChildren(said.content);
}

/** Make `now` like `next`, which is used up by it. */
export function become(now, next) {
  if (now.isEqualNode(next)) return;
  if (now.nodeName !== next.nodeName || now.id !== next.id) {
    now.replaceWith(document.adoptNode(next));
    return;
  }
  takeAttributes(now, next);
  let old = now.firstChild;
  let fresh = next.firstChild;
  while (fresh) {
    const [here, there] = [old, fresh];
    fresh = fresh.nextSibling;
    if (!here) {
      now.append(document.adoptNode(there));
      continue;
    }
    old = old.nextSibling;
    if (here.nodeType === Node.TEXT_NODE && there.nodeType === Node.TEXT_NODE) {
      if (here.data !== there.data) here.data = there.data;
    } else {
      become(here, there);
    }
  }
  while (old) {
    const gone = old;
    old = old.nextSibling;
    gone.remove();
  }
}

/** Fields say what the server wrote, whatever was done to them; what somebody is typing in is left to them. */
export function resetFields(fields) {
  for (const field of fields) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = field.defaultChecked;
    else if (field.tagName === "OPTION") field.selected = field.defaultSelected;
    else if (field !== document.activeElement) field.value = field.defaultValue;
  }
}

function takeAttributes(now, next) {
  for (const name of next.getAttributeNames()) {
    const value = next.getAttribute(name);
    if (now.getAttribute(name) !== value && !isOurs(now, name)) now.setAttribute(name, value);
  }
  for (const name of now.getAttributeNames()) {
    if (!next.hasAttribute(name) && !isOurs(now, name)) now.removeAttribute(name);
  }
}

/** Who has folded something, and where the Tab key stops, the server does not know. */
function isOurs(element, name) {
  return name === "tabindex" || (name === "open" && element.tagName === "DETAILS");
}

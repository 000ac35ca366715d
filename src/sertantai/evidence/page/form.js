// The form of the page: what is chosen goes to `verify`, and what it says is shown. Nothing leaves the page.

const element = (name) => document.getElementById(name);

function shown(line) {
  const item = document.createElement("li");
  const [, kind, text] = /^ {2}(holds|look|unsure|FALSE) +(.*)$/.exec(line) ?? [null, "plain", line.replace(/^ +- /, "")];
  item.className = kind.toLowerCase();
  item.textContent = text;
  return item;
}

function show({ status, said }) {
  const words = ["This pack is true", "This pack is not true", "It cannot be told whether this pack is true"];
  const result = element("result");
  result.hidden = false;
  result.dataset.status = String(status);
  element("verdict").textContent = words[status];
  const unchecked = said.indexOf("Not checked:");
  const found = unchecked < 0 ? said : said.slice(0, unchecked);
  element("found").replaceChildren(...found.filter((line) => line.startsWith("  ") || line.startsWith("CANNOT")).map(shown));
  const left = unchecked < 0 ? [] : said.slice(unchecked + 1).filter((line) => line.startsWith("  "));
  element("left").replaceChildren(...left.map(shown));
  element("limits").hidden = left.length === 0;
  element("verdict").focus();
}

async function bytesOf(file) {
  return new Uint8Array(await file.arrayBuffer());
}

async function check(event) {
  event.preventDefault();
  const [file] = element("pack").files;
  if (!file) return;
  const button = element("check");
  button.disabled = true;
  element("progress").textContent = "Checking…";
  const written = (name) => element(name).value.split("\n").map((line) => line.trim()).filter(Boolean);
  const heads = [];
  for (const one of element("heads").files) heads.push([one.name, await bytesOf(one)]);
  try {
    show(await verify(await bytesOf(file), written("key"), heads, written("witness"), element("stamps").checked));
    element("progress").textContent = "";
  } catch (error) {
    element("progress").textContent = `This browser cannot check packs (${error.message}). Use verify.py, or a newer browser.`;
  }
  button.disabled = false;
}

element("form").addEventListener("submit", check);

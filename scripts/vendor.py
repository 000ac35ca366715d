"""Fetch the third-party files of the pages from npm, and record what they are.

    .venv/bin/python -m scripts.vendor

Writes `src/sertantai/web/browser/vendor/`: the files, each package's licence, and `manifest.json` with
version, licence, npm's integrity of the package and the SHA-256 of every file. A test compares files
and manifest. Nothing is fetched when the product is set up or runs. Needs `npm`.

Files are as their package has them, but for the style sheet: of its 630 kB the pages use a tenth, and the
rest would cost each visitor time (`vendored_css.py`). So run it again when a template takes up a class of the
kit that no other has; a test says so.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from scripts.vendored_css import trimmed, used_in

WEB = Path(__file__).resolve().parents[1] / "src/sertantai/web"
VENDOR = WEB / "browser/vendor"
MANIFEST = VENDOR / "manifest.json"
NPM_TIMEOUT_S = 180

PACKAGES = {
    "@tabler/core": ("1.6.1", {"dist/css/tabler.min.css": "tabler.min.css"}),
    "@tabler/icons": ("3.52.0", {}),
    "phoenix": ("1.8.16", {"priv/static/phoenix.mjs": "phoenix.js"}),
}
SPRITE = "icons.svg"
ICONS = Path(__file__).with_name("vendored_icons.txt").read_text().split()

MIT_TEXT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction, including
without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO
EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR
THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
"""Tabler's package states MIT but does not hold the text, which asks to be kept with every copy."""

_SOURCE_MAP = re.compile(rb"\n?/\*# sourceMappingURL=.*?\*/\s*|\n?//# sourceMappingURL=\S+\s*")
_INNER_SVG = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_BLANK_PATH = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


def main() -> int:
    npm = shutil.which("npm")
    if npm is None:
        sys.stderr.write("vendor: npm is needed; install nodejs and npm.\n")
        return 1
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        packages = [_vendor(npm, name, Path(scratch)) for name in PACKAGES]
    MANIFEST.write_text(json.dumps({"packages": packages}, indent=2) + "\n")
    return 0


def _vendor(npm: str, name: str, scratch: Path) -> dict[str, Any]:
    version, wanted = PACKAGES[name]
    packed = _pack(npm, f"{name}@{version}", scratch)
    folder = scratch / packed["filename"].removesuffix(".tgz")
    with tarfile.open(scratch / packed["filename"]) as archive:
        archive.extractall(folder, filter="data")
    package = folder / "package"
    written = [_write(target, _needed(package / source)) for source, target in wanted.items()]
    if name == "@tabler/icons":
        written.append(_write(SPRITE, _sprite(package / "icons/outline").encode()))
    slug = name.replace("@", "").replace("/", "-")
    written.append(_write(f"LICENCE.{slug}.txt", _licence(package)))
    return {
        "name": name,
        "version": version,
        "licence": json.loads((package / "package.json").read_text())["license"],
        "integrity": packed["integrity"],
        "files": dict(written),
    }


def _pack(npm: str, spec: str, scratch: Path) -> dict[str, Any]:
    """Let npm fetch one package; it checks the integrity that its registry states."""
    done = subprocess.run(
        [npm, "pack", "--json", spec],
        cwd=scratch,
        check=True,
        stdout=subprocess.PIPE,
        timeout=NPM_TIMEOUT_S,
    )
    answer = json.loads(done.stdout)
    # npm 7 to 10 answer a list; npm 11 with several packages an object by name.
    packed: dict[str, Any] = answer[0] if isinstance(answer, list) else next(iter(answer.values()))
    digest = hashlib.sha512((scratch / packed["filename"]).read_bytes()).digest()
    if packed["integrity"] != "sha512-" + base64.b64encode(digest).decode():
        raise SystemExit(f"vendor: the integrity of {spec} is not what npm says")
    return packed


def _needed(path: Path) -> bytes:
    """What the pages need of a file: all of it, or the rules of a style sheet that can match something."""
    if path.suffix != ".css":
        return path.read_bytes()
    own = [path for folder in ("pages", "parts", "browser") for path in sorted((WEB / folder).rglob("*"))]
    gallery = Path(__file__).with_name("gallery.html")
    kinds = (".html", ".js", ".css")
    looked_at = [one for one in (*own, gallery) if one.suffix in kinds and VENDOR not in one.parents]
    return trimmed(path.read_text(), used_in(looked_at)).encode()


def _licence(package: Path) -> bytes:
    found = sorted(path for path in package.iterdir() if path.name.upper().startswith("LICEN"))
    if found:
        return found[0].read_bytes()
    facts = json.loads((package / "package.json").read_text())
    style = package / "dist/css/tabler.min.css"
    notice = re.search(r"Copyright[^\n]*(?:\n[^\n]*Copyright[^\n]*)*", style.read_text()[:1000])
    if facts["license"] != "MIT" or notice is None:
        raise SystemExit(f"vendor: no licence in {package}")
    return f"MIT License\n\n{notice.group().replace(' * ', '')}\n\n{MIT_TEXT}".encode()


def _write(name: str, content: bytes) -> tuple[str, str]:
    """Write one file without its source map's address, which is not shipped."""
    content = _SOURCE_MAP.sub(b"\n", content).rstrip() + b"\n"
    (VENDOR / name).write_bytes(content)
    return name, hashlib.sha256(content).hexdigest()


def _sprite(folder: Path) -> str:
    """One SVG with a symbol for each icon that the pages use."""
    symbols = []
    for icon in ICONS:
        inner = _INNER_SVG.search((folder / f"{icon}.svg").read_text())
        if inner is None:
            raise SystemExit(f"vendor: {icon}.svg is not an SVG")
        drawn = " ".join(_BLANK_PATH.sub("", inner.group(1)).split())
        symbols.append(
            f'<symbol id="{icon}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{drawn}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


if __name__ == "__main__":
    raise SystemExit(main())

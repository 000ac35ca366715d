"""What browsers load: whole, small, kept for ever, and what the manifest says it is."""

import hashlib
import json
import re

from sertantai.http.pages.static_files import IMMUTABLE, StaticFiles
from sertantai.web.page_files import PAGE_FILES
from tests.unit.http.application import client

PAGE_MAX_BYTES = 300_000
BROWSER = PAGE_FILES.root / "browser"
VENDOR = BROWSER / "vendor"
LAYOUT = (
    "browser/theme.js",
    "browser/app.css",
    "browser/app.js",
    "browser/favicon.svg",
    "browser/vendor/tabler.min.css",
    "browser/vendor/icons.svg",
)


def test_vendored_files_are_those_of_the_manifest() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    stated = {name: digest for package in manifest["packages"] for name, digest in package["files"].items()}
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "manifest.json"
    }
    assert found == stated
    for package in manifest["packages"]:
        assert package["integrity"].startswith("sha512-")
        assert package["licence"]
        assert any(name.startswith("LICENCE.") for name in package["files"])


def test_a_page_with_all_that_it_loads_is_small() -> None:
    files = StaticFiles(PAGE_FILES)
    modules = [f"browser/{path.name}" for path in BROWSER.glob("*.js")]
    loaded = {*LAYOUT, *modules}
    assert sum(len(files[name].gzipped or files[name].body) for name in loaded) < PAGE_MAX_BYTES / 2


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text()))
    used: set[str] = set()
    for path in [*PAGE_FILES.root.rglob("*.js"), *PAGE_FILES.root.rglob("*.html")]:
        used |= set(re.findall(r"""\bicon\(["']([a-z0-9-]+)["']""", path.read_text()))
    assert used
    assert used - sprite == set()


def test_modules_import_only_what_is_there() -> None:
    """Types in comments are for the compiler; no browser asks for them."""
    for path in PAGE_FILES.root.rglob("*.js"):
        code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for name in re.findall(r'from "(\.{1,2}/[^"]+)"', code):
            assert (path.parent / name).is_file(), f"{path} imports {name}"


def test_a_file_at_its_hashed_address_is_kept_for_ever_and_another_is_asked_for_again() -> None:
    url = StaticFiles(PAGE_FILES).url("browser/app.css")
    with client() as web:
        kept = web.get(url, headers={"Accept-Encoding": "gzip"})
        old = web.get("/static/0123456789ab/browser/app.css")
        same = web.get("/static/browser/app.css", headers={"If-None-Match": kept.headers["etag"]})
    assert (kept.headers["cache-control"], kept.headers["content-encoding"]) == (IMMUTABLE, "gzip")
    assert old.status_code == 200
    assert old.content == kept.content
    assert old.headers["cache-control"] == "public, no-cache"
    assert same.status_code == 304


def test_nothing_outside_the_folder_can_be_read() -> None:
    with client() as web:
        for path in (
            "/static/../rendering.py",
            "/static/%2e%2e/rendering.py",
            "/static//etc/passwd",
            "/static/x/y",
        ):
            assert web.get(path).status_code == 404

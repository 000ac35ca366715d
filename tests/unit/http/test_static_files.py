"""What browsers load: whole, small, kept for ever, and what the manifest says it is."""

import hashlib
import json
import re

from sertantai.http.pages.static_files import IMMUTABLE, STATIC_FOLDER, StaticFiles
from tests.unit.http.application import client

PAGE_MAX_BYTES = 300_000
VENDOR = STATIC_FOLDER / "vendor"
LAYOUT = (
    "theme.js",
    "app.css",
    "app.js",
    "favicon.svg",
    "vendor/tabler.min.css",
    "vendor/icons.svg",
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
    files = StaticFiles()
    modules = [path.name for path in STATIC_FOLDER.glob("*.js")]
    loaded = {*LAYOUT, *modules}
    assert sum(len(files[name].gzipped or files[name].body) for name in loaded) < PAGE_MAX_BYTES / 2


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text()))
    used: set[str] = set()
    for path in [*STATIC_FOLDER.glob("*.js"), *STATIC_FOLDER.parent.rglob("*.html")]:
        used |= set(re.findall(r"""\bicon\(["']([a-z0-9-]+)["']""", path.read_text()))
    assert used
    assert used - sprite == set()


def test_modules_import_only_what_is_there() -> None:
    for path in STATIC_FOLDER.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', path.read_text()):
            assert (STATIC_FOLDER / name).is_file(), f"{path.name} imports {name}"


def test_a_file_at_its_hashed_address_is_kept_for_ever_and_another_is_asked_for_again() -> None:
    url = StaticFiles().url("app.css")
    with client() as web:
        kept = web.get(url, headers={"Accept-Encoding": "gzip"})
        old = web.get("/static/0123456789ab/app.css")
        same = web.get("/static/app.css", headers={"If-None-Match": kept.headers["etag"]})
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

"""Pages come from this server alone, and keep to its Content-Security-Policy."""

import json
import re

import pytest

from tests.house.repository import ROOT, SOURCE, VENDORED, line_of, place, source_files, text_of

TEMPLATES = SOURCE / "web"

HOSTS = {
    "www.legislation.gov.uk": "the law itself; a link that a person follows",
    "www.nationalarchives.gov.uk": "the licence of the register's data; a link that a person follows",
    "www.w3.org": "names of XML namespaces; never fetched",
}
ADDRESS = re.compile(r"https?://([^/\s\"'<>)}]+)")
WITHOUT_SCHEME = re.compile(r"(?:src|href|action)\s*=\s*[\"']//|url\(\s*[\"']?//|(?<!/\*\* )@import")
FETCHED = re.compile(r"(?:url\(\s*[\"']?|@import\s+[\"']?|\bsrc\s*=\s*[\"'])(?:https?:)?//")
INLINE = re.compile(
    r"\sstyle\s*=\s*[\"']|\son[a-z]+\s*=\s*[\"']|<style[\s>]|<script(?![^>]*\ssrc=)[^>]*>|javascript:|hx-on[:-]",
    re.I,
)
BARE_FETCH = re.compile(r"(?<![\w.])fetch\([^:]+")
WRITES_HTML = re.compile(r"\b(?:inner|outer)HTML\s*\+?=[^=]|\binsertAdjacentHTML\b|\bdocument\.write\b")
DATA_BLOCK = re.compile(r"<script[^>]*type=[\"']application/json[\"']", re.I)


FORM = re.compile(r"<form\b[^>]*>")


def page_files() -> list[tuple[str, str]]:
    kinds = (".html", ".js", ".css", ".svg", ".txt", ".xml")
    own = [
        path
        for path in source_files(*kinds)
        if SOURCE / "web" in path.parents and VENDORED not in path.parents
    ]
    return [(place(path), text_of(path)) for path in own]


def test_pages_name_no_foreign_host() -> None:
    foreign = [
        f"{name}:{line_of(text, found.start())}: {found.group(1)}"
        for name, text in page_files()
        for found in ADDRESS.finditer(text)
        if found.group(1) not in HOSTS
    ]
    assert not foreign, "\n".join(foreign)


def test_every_form_says_where_it_goes() -> None:
    """One that a script answers says ``dialog``: until the script is there Enter does nothing, and does not
    take the page away with what was typed in its address."""
    found = [
        f"{name}:{line_of(text, one.start())}"
        for name, text in page_files()
        for one in FORM.finditer(text)
        if "method=" not in one.group()
    ]
    assert not found, "\n".join(found)


def test_no_address_goes_without_its_scheme() -> None:
    found = [name for name, text in page_files() if WITHOUT_SCHEME.search(text)]
    assert not found


def test_vendored_files_fetch_nothing_from_elsewhere() -> None:
    for path in source_files(".css", ".js", ".svg"):
        if VENDORED in path.parents:
            found = FETCHED.search(text_of(path))
            assert found is None, f"{place(path)} fetches from elsewhere: {found}"


def test_scripts_say_for_whom_their_page_was_made() -> None:
    """With `http.js`; else a tab shows and changes what is somebody else's, who has signed in since."""
    own = [path for path in source_files(".js") if VENDORED not in path.parents]
    bare = {f"{path.name}: {found}" for path in own for found in BARE_FETCH.findall(text_of(path))}
    assert bare == {
        "http.js: fetch(url, { credentials",
        'http.js: fetch("/csrf-token", { credentials',
        'trail_memory.js: fetch("/trail/checkpoint", { credentials',  # open to all
        "trail_memory.js: fetch(`/api/v1/trail/consistency/${first}`, { credentials",  # alike for everybody
        'connection.js: fetch("/health/live", { cache',
    }


def test_html_of_the_server_is_put_into_pages_in_one_place() -> None:
    """`parts.js`: all else that scripts write is text, which no title of a law can turn into a script."""
    own = [path for path in source_files(".js") if VENDORED not in path.parents]
    writing = {path.name for path in own if WRITES_HTML.search(text_of(path))}
    assert writing == {"parts.js"}


def test_nothing_in_the_browser_code_goes_without_a_type() -> None:
    """`make check` has them checked, strictly, and no file is left out."""
    stated = json.loads(text_of(ROOT / "tsconfig.json"))["compilerOptions"]
    assert stated["strict"]
    assert stated["checkJs"]
    assert "noImplicitAny" not in stated
    own = [path for path in source_files(".js") if VENDORED not in path.parents]
    assert not [path.name for path in own if "@ts-" in text_of(path)]


def inline(text: str) -> list[int]:
    return [
        line_of(text, found.start()) for found in INLINE.finditer(text) if not DATA_BLOCK.match(found.group())
    ]


def test_templates_hold_no_inline_script_or_style() -> None:
    """The Content-Security-Policy would drop them in silence."""
    templates = [path for path in source_files(".html") if TEMPLATES in path.parents]
    found = [place(path, line) for path in templates for line in inline(text_of(path))]
    assert templates, "the templates have moved; move this rule too"
    assert not found, f"the Content-Security-Policy forbids: {found}"


@pytest.mark.parametrize(
    "text",
    [
        '<p style="x">',
        "<a onclick='f()'>",
        "<script>f()</script>",
        '<a href="javascript:f()">',
        "<style>p{}</style>",
    ],
)
def test_the_rule_sees_what_the_policy_forbids(text: str) -> None:
    assert inline(text) == [1]


def test_the_rule_allows_modules_and_data() -> None:
    assert inline('<script type="module" src="/static/app.js"></script>') == []
    assert inline('<script type="application/json" id="state">{}</script>') == []


def test_numbers_are_written_one_way() -> None:
    """`number` for what is seen, `figure` for attributes: the browser writes both in the reader's way."""
    templates = list(SOURCE.rglob("*.html"))
    in_attribute = re.compile(r'="[^"<>]*\{\{[^}"]*\|\s*number\b|="[^"<>]*\{\{\s*laws\(')
    by_hand = re.compile(r"\{:,\}|toLocaleString")
    found = [
        f"{place(path)}: {match[0]}"
        for path in [*templates, *(SOURCE / "web/static").rglob("*.js")]
        if "vendor" not in path.parts
        for match in [*in_attribute.finditer(path.read_text()), *by_hand.finditer(path.read_text())]
    ]
    assert not found, f"use the filters `number` and `figure`, in scripts `formatNumber`: {found}"


def test_each_attribute_with_a_number_says_so() -> None:
    tag = re.compile(r"<[a-z][^<>]*?\|\s*figure\b(?:[^<>]|(?<=[-=])>)*>", re.DOTALL)
    found = [
        f"{place(path)}: {match[0][:80]}"
        for path in SOURCE.rglob("*.html")
        for match in tag.finditer(path.read_text())
        if "data-numbered" not in match[0]
    ]
    assert not found, f"say data-numbered, so that the browser writes it in the reader's language: {found}"

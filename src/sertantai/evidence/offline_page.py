"""`verify.html`: one page that checks packs from a local file, made of its parts once."""

import base64
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

_PARTS: Final = Path(__file__).with_name("page")
VERIFIER: Final = Path(__file__).with_name("verify.py")


@cache
def verify_page() -> bytes:
    """It may run its own script and nothing else: its policy names the hash."""
    script = _part("verify.js") + _part("form.js")
    style = _part("page.css")
    page = _part("page.html")
    for name, text in (
        ("script_hash", _hash(script)),
        ("style_hash", _hash(style)),
        ("style", style),
        ("script", script),
    ):
        page = page.replace(f"{{{{{name}}}}}", text)
    return page.encode()


@cache
def verify_script() -> bytes:
    return VERIFIER.read_bytes()


def _part(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"

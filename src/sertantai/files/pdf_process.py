"""``python -m …pdf_process FOLDER``: a PDF of the document that lies in the folder, and no more.

A font has no picture for each character, and PDF/A allows no text without one. So symbols that only adorn are
left out, and for what no font here has stands a box; what is attached has it as it was.
"""

import os
import resource
import sys
import unicodedata
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

NICENESS: Final = 10
MEMORY_BYTES_MAX: Final = 3 * 1024**3
"""Of addresses, of which most are never touched."""
PROCESSOR_S_MAX: Final = 50
UNUSUAL_MAX: Final = 200
"""Characters out of the ordinary that are tried one by one; of more than so many the rest are boxes."""
STANDARD: Final = "a-3a"
BOX: Final = "□"
_ADORNING: Final = frozenset({"So", "Sk", "Cf", "Cc", "Cn", "Co", "Cs", "Mn"})
_SPACES: Final = frozenset("\n\t\r\u2028\u2029")
_TRIED: Final = "#set document(date: datetime(year: 2026, month: 1, day: 1))\n#json(bytes(sys.inputs.text))"

Compile = Callable[..., bytes]


def main(folder: Path) -> None:
    os.nice(NICENESS)
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, PROCESSOR_S_MAX),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))
    import typst

    said = folder / "document.json"
    text = said.read_text("utf-8")
    document = msgspec.json.decode(text)
    shown = Shown(typst.compile)
    shown.know(text)
    said.write_bytes(msgspec.json.encode(shown.all_of(document, keep=("svg", "name", "media_type"))))
    template = folder / "report.typ"
    template.write_bytes((files("sertantai.files") / "pdf_template.typ").read_bytes())
    made = typst.compile(str(template), root=str(folder), format="pdf", pdf_standards=STANDARD)
    (folder / "report.pdf").write_bytes(made)


class Shown:
    """Text as the fonts at hand can show it."""

    def __init__(self, compile_: Compile) -> None:
        self._compile = compile_
        self._known: dict[str, str] = {}
        self._tried = 0

    def know(self, text: str) -> None:
        """Try all of its characters at once: one by one is for what a font has not."""
        unusual = "".join(sorted(one for one in set(unicodedata.normalize("NFC", text)) if _is_tried(one)))
        if 0 < len(unusual) <= UNUSUAL_MAX and self._can_show(unusual):
            self._known.update(zip(unusual, unusual, strict=True))

    def all_of(self, value: Any, keep: tuple[str, ...] = ()) -> Any:
        """The same with each text in it so; what stands under the names in ``keep`` is left."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.all_of(one, keep) for one in value]
        if isinstance(value, dict):
            return {name: one if name in keep else self.all_of(one, keep) for name, one in value.items()}
        return value

    def text(self, text: str) -> str:
        if text.isascii() and text.isprintable():
            return text
        composed = unicodedata.normalize("NFC", text)
        return "".join(map(self._character, composed)).strip()

    def _character(self, character: str) -> str:
        if " " <= character <= "~":
            return character
        known = self._known.get(character)
        if known is None:
            known = self._known[character] = self._looked_at(character)
        return known

    def _looked_at(self, character: str) -> str:
        if character in _SPACES:
            return " "
        if not _is_tried(character):
            return ""
        self._tried += 1
        return character if self._tried <= UNUSUAL_MAX and self._can_show(character) else BOX

    def _can_show(self, characters: str) -> bool:
        import typst

        try:
            asked = {"text": msgspec.json.encode(characters).decode()}
            self._compile(_TRIED.encode(), format="pdf", pdf_standards=STANDARD, sys_inputs=asked)
        except typst.TypstError:
            return False
        return True


def _is_tried(character: str) -> bool:
    """Whether a font has to say whether it can be shown."""
    is_plain = " " <= character <= "~" or character in _SPACES
    return not is_plain and unicodedata.category(character) not in _ADORNING


if __name__ == "__main__":
    main(Path(sys.argv[1]))

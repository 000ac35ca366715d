"""The formats of reference managers: BibTeX (with BibLaTeX's type for laws) and RIS (type STAT)."""

import re
from collections.abc import Iterator, Sequence

from sertantai.files.rows import ExportMeta, ExportRow

# Everything that TeX or BibTeX would act upon. A straight quotation mark is none of it: within braces it is
# text, and nobody can say whether it opens or closes.
_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "_": r"\_",
        "%": r"\%",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)
_KEY = re.compile(r"[^A-Za-z0-9_:.-]+")


class BibtexWriter:
    def start(self, meta: ExportMeta, /) -> str:
        return f"% {_one_line(meta.title)}, {meta.made_at:%Y-%m-%d %H:%M} UTC\n"

    def rows(self, rows: Sequence[ExportRow]) -> str:
        return "".join(_bibtex(row) for row in rows)

    def end(self) -> str:
        return ""


def _bibtex(row: ExportRow) -> str:
    fields = [
        ("title", _tex(row.title_en or row.name), True),
        ("year", str(row.year) if row.year is not None else "", False),
        ("date", row.md_date.isoformat() if row.md_date else "", False),
        ("number", _tex(row.number or ""), False),
        ("type", _tex(row.type_code or ""), False),
        ("url", _url(row.leg_gov_uk_url or ""), False),
        ("keywords", _tex(", ".join(row.tags)), False),
        ("note", _tex(row.note or ""), False),
    ]
    key = _KEY.sub("-", row.name) or str(row.id)
    # A second pair of braces keeps a style from writing the title's capitals small.
    lines = [
        f"  {name} = {{{{{v}}}}}" if double else f"  {name} = {{{v}}}" for name, v, double in fields if v
    ]
    return f"\n@legislation{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _tex(text: str) -> str:
    return _one_line(text).translate(_TEX)


def _url(text: str) -> str:
    """A URL is taken as it is; what could end the field is escaped the way URLs are."""
    return _one_line(text).replace("{", "%7B").replace("}", "%7D").replace(" ", "%20")


class RisWriter:
    """Lines end with CR LF; every record begins with TY and ends with ER."""

    def start(self, _meta: ExportMeta, /) -> str:
        return ""

    def rows(self, rows: Sequence[ExportRow]) -> str:
        return "".join(f"{tag}  - {_one_line(text)}\r\n" for row in rows for tag, text in _ris(row))

    def end(self) -> str:
        return ""


def _ris(row: ExportRow) -> Iterator[tuple[str, str]]:
    yield "TY", "STAT"
    yield "ID", row.name
    yield "TI", row.title_en or row.name
    if row.year is not None:
        yield "PY", str(row.year)
    if row.md_date is not None:
        yield "DA", row.md_date.strftime("%Y/%m/%d/")
    if row.number:
        yield "SE", row.number
    if row.leg_gov_uk_url:
        yield "UR", row.leg_gov_uk_url
    for keyword in (*row.tags, row.family or ""):
        if keyword:
            yield "KW", keyword
    if row.note:
        yield "N1", row.note
    yield "ER", ""


def _one_line(text: str) -> str:
    return " ".join(text.split())

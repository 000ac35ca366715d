"""A page of its own, to be kept or printed: no script, nothing from elsewhere, one file."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1f2937;--quiet:#5b6472;--line:#d8dde4;--ground:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--quiet:#a5aebb;--line:#34404f;--ground:#131a22}}
body{margin:0 auto;max-width:56rem;padding:2rem 1rem 4rem;background:var(--ground);color:var(--ink)}
body{font:1rem/1.5 system-ui,sans-serif}p{margin:0 0 1rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2rem 0 .25rem}
.quiet{color:var(--quiet)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem;margin:1.5rem 0}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
.table{overflow-x:auto}table{border-collapse:collapse;width:100%;margin-top:.5rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--quiet)}td{overflow-wrap:anywhere;min-width:4rem}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85rem}
@media print{:root{--ink:#000;--quiet:#444;--ground:#fff}body{max-width:none;padding:0}
tr,pre{break-inside:avoid}h2{break-after:avoid}.table{overflow:visible}}
@media(max-width:40rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
"""


def page_of(title: str, lead: str, parts: Iterable[str]) -> str:
    """The whole page; ``parts`` are of the functions below."""
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style></head>\n<body><main>\n"
        f"<h1>{escape(title)}</h1>\n<p class=quiet>{escape(lead)}</p>\n{''.join(parts)}"
        "</main></body></html>\n"
    )


def heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>\n"


def paragraph(text: str, *, quiet: bool = False) -> str:
    return f"<p{' class=quiet' if quiet else ''}>{escape(text)}</p>\n"


def exact(text: str) -> str:
    """As it is, in its own lines."""
    return f"<pre>{escape(text)}</pre>\n"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(text)}</dd>' for name, text in pairs)}</dl>\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """``numbers``: which columns hold them, counted from 0."""
    classes = [" class=number" if at in numbers else "" for at in range(len(headings))]
    head = "".join(f"<th scope=col{c}>{escape(text)}</th>" for c, text in zip(classes, headings, strict=True))
    body = "".join(
        f"<tr>{''.join(f'<td{c}>{escape(cell)}</td>' for c, cell in zip(classes, row, strict=True))}</tr>\n"
        for row in rows
    )
    return f"<div class=table><table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"

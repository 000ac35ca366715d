"""A row of the register's table, and a choice of a filter, as HTML.

These two are written here and not in a template: up to two hundred rows and a hundred choices are in one
answer, and templates took two thirds of its time for them. Cells that many rows have in common are written
once. Whatever comes from the register is escaped.
"""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from html import escape

from markupsafe import Markup

from sertantai.http.pages.rendering import figure
from sertantai.web.parts.columns import BY_KEY
from sertantai.web.parts.facets import Choice
from sertantai.web.parts.shown_rows import ShownRow
from sertantai.web.parts.wording import DayWords, FamilyWords, StatusWords, Wording, day_words

CELL: str = '<td role="gridcell" class="cell-'


def rows_html(rows: Sequence[ShownRow], columns: Sequence[str], first: int, *, for_script: bool) -> Markup:
    """``columns``: keys of those that are shown; ``first``: position of the first row, from 1.

    ``for_script``: with the script the whole table is one stop of the Tab key, without it each box is one.
    """
    stop = ' tabindex="-1"' if for_script else ""
    # The row of headings is number 1.
    parts = [row_html(row, columns, at, stop) for at, row in enumerate(rows, first + 1)]
    return Markup("\n".join(parts))  # noqa: S704  # escaped below


def row_html(row: ShownRow, columns: Sequence[str], index: int, stop: str = "") -> str:
    title = escape(row.plain_title)
    ticked, selected, checked = (" is-ticked", "true", " checked") if row.selected else ("", "false", "")
    return (
        f'<tr role="row" class="record-row{ticked}" data-testid="record-row" data-record-id="{row.id}" '
        f'aria-selected="{selected}" aria-rowindex="{index}"{stop}>{CELL}tick"><label class="tick"><input '
        f'type="checkbox" class="tick-box" form="ticks" name="tick" value="{row.id}" '
        f'data-testid="record-checkbox" aria-label="Tick {title}" autocomplete="off"{checked}{stop}></label>'
        f"</td>{''.join([_cell(row, column, title, stop) for column in columns])}</tr>"
    )


def _cell(row: ShownRow, column: str, title: str, stop: str) -> str:
    match column:
        case "title":
            link = f'<a class="record-title" href="/records/{row.id}" title="{title}"{stop}>{row.title}</a>'
            if row.reason:
                reason = f'<span class="record-reason">found {escape(row.reason)}</span>'
                link = f'<span class="record-found">{link}{reason}</span>'
            return f'{CELL}title">{link}</td>'
        case "family":
            return _family(row.family)
        case "year":
            return f'{CELL}year is-number">{row.year}</td>'
        case "number":
            return f'{CELL}number is-number">{row.number}</td>'
        case "type":
            return _type(row.type)
        case "status":
            return _status(row.status)
        case "date":
            return _day(row.day)
        case "name":
            return f'{CELL}name" title="{escape(row.plain_name)}">{row.name}</td>'
        case _:
            shown = BY_KEY[column]
            return _plain(column, getattr(row.law, shown.of), " is-number" if shown.number else "")


@lru_cache(maxsize=512)
def _family(family: FamilyWords | None) -> str:
    if family is None:
        return f'{CELL}family"></td>'
    name = escape(family.name)
    return f'{CELL}family is-{family.colour}" title="{name}">{name}</td>'


@lru_cache(maxsize=512)
def _type(words: Wording) -> str:
    return f'{CELL}type" title="{escape(words.long)}">{escape(words.short)}</td>'


@lru_cache(maxsize=512)
def _status(status: StatusWords) -> str:
    badge = f'<span class="live-badge is-{status.kind}" title="{escape(status.long)}">{escape(status.short)}'
    return f'{CELL}status">{badge}</span></td>'


@lru_cache(maxsize=4096)
def _day(day: DayWords | None) -> str:
    text = "" if day is None else f'<time datetime="{day.iso}" data-day>{day.text}</time>'
    return f'{CELL}date is-number">{text}</td>'


@lru_cache(maxsize=4096)
def _plain(column: str, value: str | int | date | None, sign: str) -> str:
    """A column whose values are shown as they are."""
    if isinstance(value, date):
        day = day_words(value)
        return f'{CELL}{column}{sign}"><time datetime="{day.iso}" data-day>{day.text}</time></td>'
    text = "" if value is None else escape(str(value))
    return f'{CELL}{column}{sign}" title="{text}">{text}</td>'


def choices_html(name: str, choices: Sequence[Choice], prefix: str) -> Markup:
    """The values of a filter, each with its box and counts; ``prefix`` begins the ids of the boxes."""
    parts = [_choice(name, choice, f"{prefix}-{at}") for at, choice in enumerate(choices, 1)]
    return Markup("\n".join(parts))  # noqa: S704  # escaped below


def _choice(name: str, choice: Choice, box: str) -> str:
    chosen, checked = (" is-chosen", " checked") if choice.chosen else ("", "")
    some = "" if choice.ticked == choice.count else f" {figure(choice.ticked)} /"
    ticked = (
        f'<span class="facet-ticked" data-numbered title="{figure(choice.ticked)} ticked">✓{some}</span>'
        if choice.ticked
        else ""
    )
    return (
        f'<label class="facet-choice{chosen}"><input class="tick-box" type="checkbox" form="filters" '
        f'id="{box}" name="{name}" value="{escape(choice.value)}" autocomplete="off"{checked}>'
        f'<span class="facet-label">{escape(choice.label)}</span>{ticked}'
        f'<data class="facet-count" value="{choice.count}">{figure(choice.count)}</data></label>'
    )

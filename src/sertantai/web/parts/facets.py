"""The facets beside the table, in the shape in which they are shown."""

from collections.abc import Set
from typing import Final

import msgspec
from pyroaring import BitMap

from sertantai.records.catalogue import Catalogue
from sertantai.records.facets import FacetValue
from sertantai.web.parts.register_view import RegisterView
from sertantai.web.parts.wording import KINDS, OTHER, Kind, family_name, kind_of, status_name, type_wording

YEARS_SHOWN: Final = 120
YEARS_A_BAR: Final = 2
BAR_PX, GAP_PX, HEIGHT_PX = 3, 1, 48


class Choice(msgspec.Struct, frozen=True):
    """One value that can be chosen; ``hint`` says it at length."""

    value: str
    label: str
    count: int
    ticked: int
    chosen: bool
    hint: str = ""


class Families(msgspec.Struct, frozen=True):
    kind: Kind
    choices: list[Choice]
    count: int


class Bar(msgspec.Struct, frozen=True):
    """Years ``low`` to ``high`` have ``count`` records."""

    low: int
    high: int
    count: int


class Histogram(msgspec.Struct, frozen=True):
    """``path`` draws every bar in an SVG ``width`` by ``height``; ``chosen`` those in the chosen years;
    ``bars`` is a JSON array of first year, last year and count, for our script."""

    bars: str
    path: str
    chosen: str
    width: int
    height: int
    low: int
    high: int


class Facets(msgspec.Struct, frozen=True):
    families: list[Families]
    types: list[Choice]
    statuses: list[Choice]
    years: Histogram | None
    single_years: list[int]


def facets_of(catalogue: Catalogue, view: RegisterView, ticked: BitMap) -> Facets:
    counted = catalogue.facets(view.filter, ticked)
    shown = {name: [_as_shown(value, view) for value in values] for name, values in counted.items()}
    wanted = view.filter
    return Facets(
        families=_families(shown["family"], frozenset(wanted.family)),
        types=_choices(shown["type_code"], frozenset(wanted.type_code), "type"),
        statuses=_choices(shown["live"], frozenset(wanted.live), "status"),
        years=_histogram(shown["year"], view),
        single_years=sorted(wanted.year),
    )


def _as_shown(value: FacetValue, view: RegisterView) -> FacetValue:
    """With "selected only" a facet counts what is selected; with "not selected" the rest."""
    if view.selected is None:
        return value
    count = value.selected if view.selected else value.count - value.selected
    return FacetValue(value.value, count, value.selected)


def _families(values: list[FacetValue], chosen: Set[str]) -> list[Families]:
    by_kind: dict[Kind, list[Choice]] = {kind: [] for kind in (*KINDS, OTHER)}
    for value in values:
        family = str(value.value)
        if value.count or family in chosen:
            choice = Choice(family, family_name(family), value.count, value.selected, family in chosen)
            by_kind[kind_of(family)].append(choice)
    return [
        Families(kind, sorted(choices, key=_by_size), sum(choice.count for choice in choices))
        for kind, choices in by_kind.items()
        if choices
    ]


def _choices(values: list[FacetValue], chosen: Set[str], of: str) -> list[Choice]:
    choices = []
    for value in values:
        text = str(value.value)
        if not value.count and text not in chosen:
            continue
        wording = type_wording(text) if of == "type" else None
        label = wording.long if wording else status_name(text)
        choices.append(Choice(text, label, value.count, value.selected, text in chosen))
    return sorted(choices, key=_by_size)


def _by_size(choice: Choice) -> tuple[int, str]:
    """Whether it is chosen does not matter: what is clicked stays where it is."""
    return -choice.count, choice.label


def _histogram(values: list[FacetValue], view: RegisterView) -> Histogram | None:
    counts = {value.value: value.count for value in values if isinstance(value.value, int) and value.count}
    if not counts:
        return None
    bars = _bars(counts)
    low = view.filter.year_from if view.filter.year_from is not None else min(counts)
    high = view.filter.year_to if view.filter.year_to is not None else max(counts)
    narrowed = view.filter.year_from is not None or view.filter.year_to is not None
    inside = [bar.high >= low and bar.low <= high and narrowed for bar in bars]
    return Histogram(
        bars=msgspec.json.encode([(bar.low, bar.high, bar.count) for bar in bars]).decode(),
        path=_path(bars, [True] * len(bars)),
        chosen=_path(bars, inside),
        width=len(bars) * (BAR_PX + GAP_PX),
        height=HEIGHT_PX,
        low=min(counts),
        high=max(counts),
    )


def _bars(counts: dict[int, int]) -> list[Bar]:
    """Two years a bar, the last 120 years; what is older shares the first bar."""
    first, last = min(counts), max(counts)
    start = max(first, last - YEARS_SHOWN + 1)
    bars = []
    if first < start:
        bars.append(Bar(first, start - 1, sum(n for year, n in counts.items() if year < start)))
    for low in range(start, last + 1, YEARS_A_BAR):
        years = range(low, min(low + YEARS_A_BAR, last + 1))
        bars.append(Bar(low, years[-1], sum(counts.get(year, 0) for year in years)))
    return bars


def _path(bars: list[Bar], drawn: list[bool]) -> str:
    """Bars grow with the square root, so that few beside many are still seen."""
    highest = max(bar.count for bar in bars) or 1
    parts = []
    for at, bar in enumerate(bars):
        if drawn[at] and bar.count:
            height = max(2, round((bar.count / highest) ** 0.5 * (HEIGHT_PX - 2)))
            parts.append(f"M{at * (BAR_PX + GAP_PX)} {HEIGHT_PX}v-{height}h{BAR_PX}v{height}z")
    return "".join(parts)

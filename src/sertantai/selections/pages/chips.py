"""The filters in force, each with the address of the view without it."""

import msgspec

from sertantai.selections.pages.view import View
from sertantai.selections.pages.wording import family_name, status_name, type_wording


class Chip(msgspec.Struct, frozen=True):
    label: str
    href: str


def chips_of(view: View) -> list[Chip]:
    wanted = view.filter
    chips = [Chip(f"“{wanted.q}”", view.without("q"))] if wanted.q else []
    for field, name in (("family", family_name), ("family_ii", family_name), ("live", status_name)):
        chips += [Chip(name(value), view.without(field, value)) for value in getattr(wanted, field)]
    chips += [Chip(type_wording(code).long, view.without("type_code", code)) for code in wanted.type_code]
    chips += [Chip(str(year), view.without("year", year)) for year in wanted.year]
    if wanted.year_from is not None or wanted.year_to is not None:
        chips.append(Chip(_span(wanted.year_from, wanted.year_to), view.without("year_span")))
    if view.selected is not None:
        chips.append(Chip("Ticked only" if view.selected else "Not ticked", view.without("selected")))
    return chips


def _span(low: int | None, high: int | None) -> str:
    if low == high:
        return str(low)
    if low is None:
        return f"up to {high}"
    return f"from {low}" if high is None else f"{low}–{high}"

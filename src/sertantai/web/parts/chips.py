"""The filters in force, each with the address of the view without it."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from sertantai.records.filters import NOT_STATED
from sertantai.web.parts.register_view import RegisterView
from sertantai.web.parts.wording import family_name, status_name, type_wording

CHIPS_OF_A_FIELD_MAX: Final = 24
"""Each holds the address of all the others; beyond it one stands for all."""
_STATUS_NOT_STATED: Final = "Status not stated"
"""A chip has no heading that says what is not stated."""
_NAMES: Final[dict[str, tuple[str, Callable[[Any], str]]]] = {
    "family": ("families", family_name),
    "family_ii": ("second families", family_name),
    "live": ("statuses", lambda live: _STATUS_NOT_STATED if live == NOT_STATED else status_name(live)),
    "type_code": ("types", lambda code: type_wording(code).long),
    "year": ("years", str),
}


class Chip(msgspec.Struct, frozen=True):
    label: str
    href: str


def chips_of(view: RegisterView) -> list[Chip]:
    wanted = view.filter
    chips = [Chip(f"“{wanted.q}”", view.without("q"))] if wanted.q else []
    for field, (many, name) in _NAMES.items():
        values = getattr(wanted, field)
        if len(values) > CHIPS_OF_A_FIELD_MAX:
            chips.append(Chip(f"{len(values):,} {many}", view.without(field)))
        else:
            chips += [Chip(name(value), view.without(field, value)) for value in values]
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

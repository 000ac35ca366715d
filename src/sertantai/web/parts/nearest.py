"""The laws that somebody may have meant who finds nothing by what they typed."""

from typing import Final

import msgspec

from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter
from sertantai.web.parts.register_view import RegisterView

NEAREST_MAX: Final = 10


class Nearest(msgspec.Struct, frozen=True):
    """``href``: the view that shows it, to be ticked there."""

    title: str
    reason: str
    href: str


def nearest_to(catalogue: Catalogue, view: RegisterView) -> list[Nearest]:
    """The likeliest first; none when nothing was searched for."""
    found = catalogue.finder.find(view.filter.q).candidates[:NEAREST_MAX] if view.filter.q else ()
    rows = catalogue.rows([one.number for one in found])
    return [
        Nearest(
            row.title_en or row.name,
            one.reason,
            view.url(filter=RecordFilter(q=row.name), selected=None, page=1),
        )
        for one, row in zip(found, rows, strict=True)
    ]

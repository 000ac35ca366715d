"""Forms of pages: read within bounds, and never kept.

The framework's own reader remembers the last thousand bodies it has parsed, passwords included, up to two
megabytes each. Pages send their forms as ``application/x-www-form-urlencoded`` and nothing else.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from litestar.exceptions import HTTPException

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.http.caller import AnyRequest

FORM_TYPE: Final = "application/x-www-form-urlencoded"
FORM_BYTES_MAX: Final = 64 * 1024
FORM_FIELDS_MAX: Final = 250
"""A page of the register has up to 200 boxes."""


class Form:
    """The text fields of a form, by name; a field may have come more than once."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = pairs

    def get(self, name: str) -> str:
        """The last value; empty where the form has no such field."""
        return next((value for field, value in reversed(self._pairs) if field == name), "")

    def all(self, name: str) -> list[str]:
        return [value for field, value in self._pairs if field == name]


def is_form(request: AnyRequest) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0]
    return media_type.strip().lower() == FORM_TYPE


async def form_of(request: AnyRequest) -> Form:
    """The form that was sent; empty for an empty body.

    Raises `TooLarge`, and `InvalidInput` for what is not text: a page whose every field may be left out would
    take it for an empty form. Another kind of body is 415.
    """
    body = await _bounded_body(request)
    if not body:
        return Form(())
    if not is_form(request):
        raise HTTPException(
            status_code=HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail=f"A form is expected, as {FORM_TYPE}."
        )
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=FORM_FIELDS_MAX,
        )
    except UnicodeDecodeError:
        raise InvalidInput("A form is sent as UTF-8.") from None
    except ValueError:
        raise TooLarge(f"A form has at most {FORM_FIELDS_MAX} fields.") from None
    return Form(pairs)


async def _bounded_body(request: AnyRequest) -> bytes:
    stated = request.headers.get("content-length", "")
    is_stated_large = stated.isascii() and stated.isdigit() and int(stated[:12]) > FORM_BYTES_MAX
    body = b"" if is_stated_large else await request.body()
    if is_stated_large or len(body) > FORM_BYTES_MAX:
        raise TooLarge(f"A form is at most {FORM_BYTES_MAX // 1024} KB.")
    return body

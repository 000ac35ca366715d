"""``POST /api/v1/imports/tables``: what a file or the clipboard holds, as tables. Nothing is kept."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, post
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import FromQuery

from sertantai.core.errors import InvalidInput, TooLarge
from sertantai.files.tables.model import Tables
from sertantai.http.answers import JsonAnswer
from sertantai.http.bodies import ON_DISK
from sertantai.http.encoded import Encoded
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.lists.importing.uploads import TOO_LARGE, UPLOAD_BYTES_MAX
from sertantai.web.requests import caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

JSON: Final = "application/json"
_FORMS: Final = ("multipart/form-data", "application/x-www-form-urlencoded")
_TEXT: Final = Schema(type=OpenAPIType.STRING)


@dataclass
class FileOrClipboard(Operation):
    """The framework sees bodies only where a handler takes them whole."""

    def __post_init__(self) -> None:
        pasted = Schema(
            type=OpenAPIType.OBJECT,
            required=["text"],
            properties={
                "text": _TEXT,
                "html": Schema(type=[OpenAPIType.STRING, OpenAPIType.NULL]),
            },
        )
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        self.request_body = RequestBody(
            content={
                "application/octet-stream": OpenAPIMediaType(schema=file),
                JSON: OpenAPIMediaType(schema=pasted),
            },
            required=True,
        )


@post(
    "/imports/tables",
    guards=[signed_in],
    # How long it may take is bounded by `Uploads` and the process that reads.
    opt={
        **FOR_READING,
        PURPOSE: "import laws",
        TAKES_ITS_TIME: True,
        ON_DISK: True,
        OPTION: LimitClass.BULK,
    },
    request_max_body_size=None,
    operation_class=FileOrClipboard,
    summary="Read the tables of a file",
    status_code=200,
)
async def read_tables(request: AnyRequest, name: FromQuery[str | None] = None) -> Response[Tables]:
    """The body is the file itself, ``name`` how it is called; or without a name, as JSON, what was pasted:
    its ``text`` and the ``html`` beside it. Nothing is saved."""
    kind = request.content_type[0]
    if kind in _FORMS:
        raise InvalidInput("Send the file itself as the body, not as a form.", field="file")
    size = request.headers.get("content-length", "")
    if size.isdecimal() and int(size) > UPLOAD_BYTES_MAX:
        raise TooLarge(TOO_LARGE, field="file")
    with services(request).uploads.place(caller_of(request).user_id) as upload:
        await upload.arrive(request.stream())
        if name is None and kind == JSON:
            return _answer(await upload.pasted_tables())
        return _answer(await upload.tables(name or ""))


def _answer(tables: bytes) -> Response[Any]:
    return JsonAnswer(Encoded(tables))


ROUTES = [read_tables]

"""The newest head of the sealed log, told with each file that is taken along: who keeps it remembers."""

from collections.abc import Callable
from typing import Any, Final

from litestar.types import Message, Scope

from sertantai.core.sealing.notes import Head, head_in_words

HEADER: Final = "Sertantai-Trail-Head"
_NAME: Final = HEADER.lower().encode()
_START: Final = "http.response.start"


class WithDownloads:
    """``head``: the newest, if there is one. A file is what is sent as an attachment."""

    def __init__(self, head: Callable[[], Head | None]) -> None:
        self._head = head

    async def __call__(self, message: Message, _scope: Scope) -> None:
        if message["type"] == _START and _is_file(message.get("headers", ())):
            said = head_in_words(self._head())
            if said:
                message["headers"] = [*message["headers"], (_NAME, said.encode())]


def _is_file(headers: Any) -> bool:
    return any(
        name.lower() == b"content-disposition" and value.startswith(b"attachment") for name, value in headers
    )

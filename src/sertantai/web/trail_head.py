"""The newest head of the sealed log, told with each file that is taken along: who keeps it remembers."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from sertantai.core.sealing.notes import Head, head_in_words
from sertantai.http.protocol.security_headers import Header

HEADER: Final = "Sertantai-Trail-Head"
_NAME: Final = HEADER.lower().encode()


class WithDownloads:
    """``head``: the newest, if there is one. A file is what is sent as an attachment."""

    def __init__(self, head: Callable[[], Head | None]) -> None:
        self._head = head

    def __call__(self, headers: Iterable[Header]) -> Sequence[Header]:
        """What an answer with these headers carries beside them."""
        for name, value in headers:  # asked of every answer: a loop takes a third of what `any` does
            if name.lower() == b"content-disposition" and value.startswith(b"attachment"):
                said = head_in_words(self._head())
                return ((_NAME, said.encode()),) if said else ()
        return ()

"""Requests whose body is a long JSON text: it is read beside the event loop, as all would wait for it."""

from functools import partial
from typing import Any, Final

from litestar.serialization import decode_json

from sertantai.http.aside import aside
from sertantai.http.caller import AnyRequest

AT_HAND_BYTES_MAX: Final = 64 * 1024
"""So much is read in less than a millisecond."""


class PatientRequest(AnyRequest):
    """What every handler is given."""

    async def json(self) -> Any:
        """As the framework has it. Raises `TooMuchAside`."""
        body = await self.body()
        if len(body) <= AT_HAND_BYTES_MAX:
            return await super().json()
        return await aside(
            partial(decode_json, body, type_decoders=self.route_handler.resolve_type_decoders())
        )

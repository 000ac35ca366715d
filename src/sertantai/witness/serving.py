"""A witness as a server of its own, until it is told to stop."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import uvicorn

from sertantai.core.sealing.notes import Key
from sertantai.http.protocol.connections import Connections, room_for_connections
from sertantai.http.protocol.http_protocol import BoundedHttp
from sertantai.process.data_directory import DataDirectory
from sertantai.process.listening import Listening, url_of
from sertantai.witness.service import Witness
from sertantai.witness.states import FOLDER, States, begin

READY: Final = "The witness is ready on "
IDLE_CONNECTION_S: Final = 75
STOP_S: Final = 5
CONNECTIONS_MAX: Final = 512
PER_ADDRESS_MAX: Final = 64


async def serve_witness(data_path: Path, name: str | None, keys: Sequence[Key], host: str, port: int) -> None:
    """Raises `CannotListen`, `DataDirectoryBusy`, `InvalidInput`, `StateDamaged`."""
    with closing(Listening(host, port)) as listening, DataDirectory(data_path) as directory:
        directory.close_to_others()
        cosigner = begin(data_path, name)
        witness = Witness(States(data_path / FOLDER), cosigner, keys)
        connections = Connections(room_for_connections(CONNECTIONS_MAX), PER_ADDRESS_MAX)
        config = uvicorn.Config(
            cast(Any, witness),
            # A class is asked for, and what makes one will do.
            http=cast(Any, partial(BoundedHttp, limits=connections)),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=IDLE_CONNECTION_S,
            timeout_graceful_shutdown=STOP_S,
        )
        server = _Server(config, f"{READY}{url_of(host, listening.port)}\n{cosigner.key}\n")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.handle_exit, number, None)
        await server.until_told(listening)


class _Server(uvicorn.Server):
    """uvicorn, saying when it is ready; a graceful stop exits with 0."""

    def __init__(self, config: uvicorn.Config, said: str) -> None:
        super().__init__(config)
        self._said = said

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(self._said)
            sys.stdout.flush()

    async def until_told(self, listening: Listening) -> None:
        try:
            await self._serve(listening.sockets)
        except OSError as error:
            raise listening.refusal(error) from error

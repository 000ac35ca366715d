"""An answer that is encoded already, wherever that was done."""

import msgspec


class Encoded(msgspec.Struct, frozen=True):
    """An answer that is JSON already; it is sent in pieces, since some are as large as a film."""

    body: bytes

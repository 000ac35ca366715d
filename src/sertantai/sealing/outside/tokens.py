"""RFC 3161: what a time-stamping authority is asked, and whether its answer is to that.

Its signature is not checked here: whoever relies on the time has the authority's certificate from elsewhere,
and `openssl ts -verify`.
"""

from datetime import datetime
from hashlib import sha256
from importlib.util import find_spec
from typing import Final, NamedTuple

from sertantai.sealing.outside.outgoing import NoAnswer

QUERY: Final = "application/timestamp-query"
GRANTED: Final = (0, 1)
NOT_INSTALLED: Final = (
    "Time stamps need a package that is not installed on this server: pip install 'sertantai[timestamps]'."
)


class Query(NamedTuple):
    body: bytes
    digest: bytes
    nonce: int | None


def can_stamp() -> bool:
    return find_spec("rfc3161_client") is not None


def query_for(stamped: bytes) -> Query:
    """A query for what is stamped, by its SHA-256, with a nonce, and asking for the certificate."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    made = TimestampRequestBuilder().data(stamped).hash_algorithm(HashAlgorithm.SHA256).build()
    return Query(made.as_bytes(), sha256(stamped).digest(), made.nonce)


def stamped_at(answer: bytes) -> datetime | None:
    """When the authority says that it was; None: it is no answer, or cannot be read here."""
    if not can_stamp():
        return None
    from rfc3161_client import decode_timestamp_response

    try:
        return decode_timestamp_response(answer).tst_info.gen_time
    except ValueError:
        return None


def require_answer(query: Query, answer: bytes) -> None:
    """Raises `NoAnswer` where it is refused, or is the answer to something else."""
    from rfc3161_client import decode_timestamp_response

    try:
        found = decode_timestamp_response(answer)
        status = found.status
    except ValueError:
        raise NoAnswer("its answer is no time stamp") from None
    if status not in GRANTED:
        raise NoAnswer(f"it refuses, with status {int(status)}")
    try:
        told = found.tst_info
    except ValueError:
        raise NoAnswer("its answer is no time stamp") from None
    if told.message_imprint.message != query.digest:
        raise NoAnswer("it has stamped something else")
    if told.nonce != query.nonce:
        raise NoAnswer("its answer is to another question")

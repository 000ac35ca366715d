"""Whatever the engine acknowledges PostgreSQL takes, and gives back as it was sealed: addresses, texts,
numbers and dates of every kind.

What PostgreSQL refuses after it was acknowledged is set aside for ever, with nobody left to tell.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sertantai.audit.verify_seals import verify_seals
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import GroupId, OperationId, UserId
from sertantai.core.operations import Annotate, CreateGroup, Operation, Origin, Select, UpdateGroup
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person

FAITHLESS = ["fe80::1%eth0", "fe80::1%1", "::ffff:1.2.3.4", "1.2.3.4/33", "", "a\x00b", "localhost", "1.2.3"]
UNUSUAL = ["2001:DB8:0:0::0001", "2001:db8::1:0:0:1", "::FFFF:192.0.2.1", "::ffff:c000:201", "::"]
"""Written in another way than PostgreSQL writes them."""
FROM = {"session": "s", "ip": "192.0.2.1", "user_agent": "u", "source": "hand"}
TEXT = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(["\x00", "\ud83d", "a\u0000b"])
NUMBER = st.floats() | st.integers() | st.sampled_from([1e308, -1e308, 10**400, 2**53, 2**53 + 1])
VALUE = st.recursive(
    TEXT | NUMBER | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
ORIGIN = st.fixed_dictionaries(
    {
        "session": st.none() | TEXT,
        "ip": st.none() | st.ip_addresses().map(str) | st.sampled_from(FAITHLESS),
        "user_agent": st.none() | TEXT,
        "source": st.sampled_from(["hand", "filter", "import", "undo", "merge", "system"]),
    }
)
WISH: st.SearchStrategy[tuple[type[Operation], dict[str, Any]]] = st.one_of(
    st.just((Select, {"record": 1})),
    st.builds(
        lambda changes: (Annotate, {"records": pack(bitmap([2])), "changes": changes}),
        st.dictionaries(TEXT, VALUE, max_size=3),
    ),
    st.builds(
        lambda name, metadata: (CreateGroup, {"name": name, "metadata": metadata}),
        TEXT,
        st.dictionaries(TEXT, VALUE, max_size=2),
    ),
    st.builds(lambda text: (UpdateGroup, {"description": text}), TEXT),
)


@pytest.mark.parametrize("address", FAITHLESS)
async def test_an_address_that_postgresql_refuses_is_refused_before_it_is_acknowledged(
    somebody: Person, address: str
) -> None:
    origin = Origin(UserId(somebody.id), None, address)
    wish = Select(
        id=OperationId(new_id()),
        owner=somebody.id,
        group=somebody.group,
        at=somebody.clock.now(),
        origin=origin,
        record=1,  # type: ignore[arg-type]  # a number of a record
    )
    taken = True
    try:
        await somebody.engine.perform(wish)
    except SertantaiError:
        taken = False
    await somebody.engine.flush()
    assert somebody.engine.status().sync.rejected == 0
    assert taken == (address == "::ffff:1.2.3.4")


@example(
    wishes=[
        (
            (
                Annotate,
                {
                    "records": pack(bitmap([2])),
                    "changes": {"note": str(number), "rank": number, "more": [number]},
                },
            ),
            FROM,
        )
        for number in (1.0, -0.0, 1e-7, 0.1, 1.5e15, 2**53 - 1, 100)
    ]
)
@example(wishes=[((Select, {"record": 1}), {**FROM, "ip": ip}) for ip in UNUSUAL])
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wishes=st.lists(st.tuples(WISH, ORIGIN), min_size=1, max_size=8))
async def test_whatever_is_acknowledged_reaches_the_database(
    somebody: Person,
    database: Database,
    sealer: Sealer,
    tmp_path: Path,
    wishes: list[tuple[tuple[type[Operation], dict[str, Any]], dict[str, Any]]],
) -> None:
    await somebody.select(2)
    for (kind, fields), origin in wishes:
        wish = kind(
            id=OperationId(new_id()),
            owner=somebody.id,
            group=GroupId(new_id()) if kind is CreateGroup else somebody.group,
            at=somebody.clock.now() + timedelta(microseconds=len(wishes)),
            origin=Origin(UserId(somebody.id), **origin),
            **fields,
        )
        try:
            await somebody.engine.perform(wish)
        except SertantaiError:
            continue
    await somebody.engine.flush()
    assert somebody.engine.status().sync.rejected == 0
    await sealer.seal()
    assert (await verify_seals(database, tmp_path, somebody.engine.journal.id)).differences == []

"""Leaves that wait in the database until they are sealed say something of what is behind the log, and only if
this server wrote them."""

from pathlib import Path

import asyncpg
import pytest

from sertantai.audit import verify_seals as verify
from sertantai.audit.comparing.differences import SealFault
from sertantai.audit.verify_seals import verify_seals
from sertantai.core.sealing.tree import leaf_hash
from sertantai.postgres import Database
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person

INVENT = """
INSERT INTO selection_audit_log (user_id, actor_id, record_id, record_no, record_name, action, group_id,
       selection_group, operation_id, position, metadata, created_at, journal_id, part)
SELECT user_id, actor_id, record_id, record_no, record_name, 'annotate', group_id, selection_group,
       gen_random_uuid(), $1, '{"changes": {"note": "I knew"}}', created_at, journal_id, 0
  FROM selection_audit_log WHERE user_id = $2
"""
OF_ONES_OWN = """
INSERT INTO audit_leaves (journal_id, position, part, places, leaves, mac)
SELECT journal_id, $1::bigint, 0, int8send($1) || int4send(0), $2, sha256('x')
  FROM audit_leaves ORDER BY position LIMIT 1
"""
PLACES = "SELECT position FROM selection_audit_log ORDER BY position"


@pytest.mark.parametrize("is_behind", [False, True])
async def test_an_invented_row_with_a_leaf_of_ones_own_is_found(
    somebody: Person,
    another: Person,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    sealer: Sealer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_behind: bool,
) -> None:
    """In the past, where a tick that did nothing left its place free, and behind the log."""
    await somebody.select(1)
    await somebody.select(1)
    await another.select(1)
    await somebody.engine.flush()
    await sealer.seal()
    first, last = [row["position"] for row in await superuser.fetch(PLACES)]
    assert last == first + 2
    journal, at = somebody.engine.journal.id, first + (10 if is_behind else 1)
    worked_out = list[bytes]()

    def remembered(data: bytes) -> bytes:
        worked_out.append(leaf_hash(data))
        return worked_out[-1]

    monkeypatch.setattr(verify, "leaf_hash", remembered)
    assert (await verify_seals(database, tmp_path, journal)).differences == []
    sealed = set(worked_out)
    await superuser.execute(INVENT, at, somebody.id)
    await verify_seals(database, tmp_path, journal)
    own = next(leaf for leaf in worked_out if leaf not in sealed)
    await superuser.execute(OF_ONES_OWN, at, own)
    found = (await verify_seals(database, tmp_path, journal)).differences
    assert SealFault.ROW_WITHOUT_LEAF in {one.fault for one in found}

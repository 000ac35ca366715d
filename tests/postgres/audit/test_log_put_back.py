"""A log put back as it was, with all that the database keeps of it: only a head from elsewhere tells."""

from sertantai.audit.comparing.differences import SealFault
from sertantai.sealing.heads_file import heads_at
from sertantai.sealing.log import newest_log
from tests.postgres.audit.test_seals import NEWEST, Story
from tests.postgres.audit.test_seals import story as story


async def test_attack_13_a_log_that_was_put_back_is_found_by_a_head_from_elsewhere(story: Story) -> None:
    [*_, last] = heads_at(newest_log(story.folder) / "heads")
    then = last.at
    assert then is not None
    before = {path: path.read_bytes() for path in newest_log(story.folder).iterdir()}
    beside = ("audit_chains", "selection_activity", "selection_operations")
    for table in beside:
        await story.superuser.execute(f"CREATE TABLE saved_{table} AS SELECT * FROM {table}")
    await story.ann.select(5)
    await story.ann.engine.flush()
    await story.sealer.seal()
    newest = story.files.newest_note()
    assert newest is not None
    assert (await story.verified([newest])).differences == []
    for path, data in before.items():
        path.write_bytes(data)
    await story.tamper("DELETE FROM selection_audit_log WHERE record_no = 5")
    await story.tamper(f"DELETE FROM audit_leaves WHERE {NEWEST}")
    for table in beside:
        await story.tamper(f"DELETE FROM {table}")
        await story.tamper(f"INSERT INTO {table} SELECT * FROM saved_{table}")
    assert (await story.verified()).differences == [], "from inside nothing can be told"
    [found] = (await story.verified([newest])).differences
    assert found.fault is SealFault.HEAD_DIFFERS
    assert "it is older" in found.said
    assert f"It ends on {then:%Y-%m-%d %H:%M} UTC." in found.said
    assert "Entries that are missing, of whichever lists: 1." in found.said

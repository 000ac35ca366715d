"""Fifty people work while everything that can break breaks once. `make torture` does the same for long.

After each fault every acknowledged change is there exactly once, and the server has recovered by itself;
meanwhile everybody saw success or a clear refusal, and nobody waited over five seconds.
"""

import asyncio
import json
import random

import pytest

from tests.acceptance.faults.crowd import crowd_at
from tests.acceptance.faults.database_faults import CROSSED_FAULTS, DATABASE_FAULTS
from tests.acceptance.faults.embedded_faults import EMBEDDED_FAULTS
from tests.acceptance.faults.machine_faults import MACHINE_FAULTS
from tests.acceptance.faults.ordeal import suffer_all, table
from tests.acceptance.faults.site import IN_SHORT, PACE_IN_SHORT, Site, database_site, embedded_site
from tests.acceptance.faults.verdict import audit_is_clean

SEED = 1


@pytest.mark.timeout(600)
async def test_nothing_is_lost_when_the_server_or_its_own_postgresql_breaks() -> None:
    async with embedded_site(forked=True, pace=PACE_IN_SHORT, **IN_SHORT) as site:
        async with crowd_at(site.port, SEED, site.may_be_cut) as crowd:
            trials = await suffer_all(site, crowd, EMBEDDED_FAULTS, EMBEDDED_FAULTS, random.Random(SEED))
        assert all(trial.tally.acknowledged for trial in trials), table(trials)
        await audit_is_clean(site)
        await nothing_waits_after_a_stop(site)


@pytest.mark.timeout(600)
async def test_nothing_is_lost_when_the_database_beyond_a_network_or_the_disk_breaks() -> None:
    faults = {**DATABASE_FAULTS, **MACHINE_FAULTS, **CROSSED_FAULTS}
    async with database_site(forked=True, pace=PACE_IN_SHORT, **IN_SHORT) as site:
        async with crowd_at(site.port, SEED, site.may_be_cut) as crowd:
            trials = await suffer_all(site, crowd, faults, faults, random.Random(SEED))
        assert {trial.fault for trial in trials if trial.tally.refused} >= MACHINE_FAULTS.keys(), table(
            trials
        )
        await audit_is_clean(site)


async def nothing_waits_after_a_stop(site: Site) -> None:
    """SIGTERM ends it in order, with everything in PostgreSQL."""
    assert await asyncio.to_thread(site.server.terminate) == 0
    status = await asyncio.to_thread(site.server.command, "sync", "status", "--json")
    assert json.loads(status.stdout)["waiting"] == 0, status.stdout

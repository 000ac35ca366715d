"""What must hold after every fault, whatever it was."""

import asyncio
from collections.abc import Sequence

import asyncpg

from tests.acceptance.faults.crowd import Crowd
from tests.acceptance.faults.customer import Customer
from tests.acceptance.faults.ledger import Broken
from tests.acceptance.faults.site import Site

AUDITED = """
SELECT user_id, operation_id, min(position) AS position,
       count(*) AS rows, count(DISTINCT record_no) AS records
  FROM selection_audit_log GROUP BY user_id, operation_id
"""
WHO = "SELECT id, email FROM users"
SET_ASIDE = "SELECT code, reason FROM sync_rejections"


async def everything_holds(site: Site, crowd: Crowd) -> None:
    """Everybody's list is as it was acknowledged, and so is the trail. Nobody may be working."""
    await crowd.settle()
    connection = await asyncpg.connect(site.superuser_dsn)
    try:
        set_aside = await connection.fetch(SET_ASIDE)
        audited = await connection.fetch(AUDITED)
        emails = {row["id"]: row["email"] for row in await connection.fetch(WHO)}
    finally:
        await connection.close()
    if set_aside:
        raise Broken(f"{len(set_aside)} changes were set aside, such as: {dict(set_aside[0])}")
    trails: dict[str, list[asyncpg.Record]] = {}
    for row in audited:
        trails.setdefault(emails[row["user_id"]], []).append(row)
    for customer in crowd.customers:
        _compare(customer, trails.get(customer.name, []))


def _compare(customer: Customer, trail: Sequence[asyncpg.Record]) -> None:
    """Each acknowledged change is in the trail once, in its order; the others are there at most once."""
    ledger = customer.ledger
    twice = [str(row["operation_id"]) for row in trail if row["rows"] != row["records"]]
    if twice:
        raise Broken(f"{customer.name}: applied twice: {twice[:3]}")
    found = {str(row["operation_id"]): row for row in trail}
    lost = {op: n for op, n in ledger.changed.items() if op not in found or found[op]["rows"] != n}
    if lost:
        raise Broken(f"{customer.name}: {len(lost)} acknowledged changes are not in the trail as answered")
    order = [found[operation]["position"] for operation in ledger.changed]
    if order != sorted(order):
        raise Broken(f"{customer.name}: the trail has another order than the answers")
    extra = len(found.keys() - ledger.changed.keys())
    if extra > ledger.unanswered:
        raise Broken(
            f"{customer.name}: {extra} changes that nobody asked for, {ledger.unanswered} unanswered"
        )


async def audit_is_clean(site: Site) -> None:
    """`sertantai audit verify` rebuilds every list from the trail."""
    verified = await asyncio.to_thread(site.server.command, "audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr

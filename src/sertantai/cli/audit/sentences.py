"""What `sertantai audit verify` says of each thing that does not fit: which line, whose list, when."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from sertantai.audit.misfits import Misfits
    from sertantai.audit.verify import Difference
    from sertantai.sealing.vouching import Standing

_DIFFERS: Final = {
    "row_without_trail": "ticked, but not in the trail",
    "trail_without_row": "in the trail, but not ticked",
    "changed_twice": "changed twice in the trail",
    "list_missing": "left in a list that does not exist",
}
MISFITS_SAID: Final = {
    "owner_unknown": "nobody of this id has, or had, an account",
    "actor_unknown": "by somebody who has, and had, no account",
    "of_no_operation": "names no operation or no place in the log, as the server always does",
    "position_not_reached": "its place in the log has not been reached",
    "of_no_list": "changes a law in no list",
    "list_of_another": "the list is another's, and never came from here",
    "another_law": "number, id and name are not of one law",
    "not_yet": "its time has not come yet",
    "before_account": "from before the account was made",
    "after_account": "from after the account was erased",
    "unsealed": "was not sealed, though what came before it was: the server did not write it",
    "not_counted": "its operation is not among the operations",
    "counted_otherwise": "the operation says another person, place, list, device or way",
    "lines_missing": "the operation counts other changes than the trail has: lines are missing or added",
    "tallied_otherwise": "the sums of the day say more or less than the trail has",
    "same_position": "several operations at one place in the log",
    "tick_untold": "ticked, but no line of the trail says so with this time, person and way",
    "newest_missing": "changed last by an operation that the trail does not have",
    "cut_without_month": "said to be dropped up to a time at which no month ends that could be",
    "line_before_cut": "still there, though all before is said to be dropped",
    "held_without_cut": "kept as of dropped months, though none was dropped",
    "held_too_young": "kept as of dropped months, though ticked later",
    "in_another_month": "lines of other months are in this table",
}


def of_difference(found: "Difference") -> str:
    records = ", ".join(map(str, found.records))
    more = " …" if found.count > len(found.records) else ""
    when = f" ({found.at:%Y-%m-%d %H:%M} UTC)" if found.at else ""
    return (
        f"user {found.owner}, list {found.group_name!r} ({found.group}): "
        f"{found.count} records {_DIFFERS[found.fault]}: {records}{more}{when}"
    )


def of_accepted(folder: "Path") -> str:
    """How the log before the one in ``folder`` ended; empty: it is the first, or that cannot be read."""
    from sertantai.process.summed_files import FileDamaged
    from sertantai.sealing.accepted import accepted_in

    try:
        accepted = accepted_in(folder)
    except FileDamaged:  # which is told of by itself
        return ""
    if accepted is None:
        return ""
    return (
        f"this log begins with what was accepted on {accepted.at:%Y-%m-%d}, when {accepted.differences} "
        f"differences ended the one before: {accepted.reason}"
    )


def of_servers(folder: "Path") -> list[str]:
    """Of each other server that the log in ``folder`` was told of, and that said what it is called."""
    from sertantai.core.sealing.entries import time_of
    from sertantai.sealing.files import TrailFiles
    from sertantai.sealing.servers import servers_in

    return [
        f"{one.origin} is another server's log, known since {time_of(one.since):%Y-%m-%d %H:%M}; its own "
        f"`audit verify` checks its rows ({one.key}, journal {one.journal})"
        for one in (servers_in(TrailFiles(folder)).told or {}).values()
        if one.since is not None
    ]


def of_standing(found: "Standing") -> str:
    """What whoever checks has to know of a key; empty: nothing but the key."""
    said = []
    if found.by == "nobody":
        said.append(
            f"the key before did not vouch for {found.key}: it was lost, compromised, or is elsewhere"
        )
    if found.by == "recovery":
        said.append(f"the recovery key vouches for {found.key}")
    if (at := found.compromised_at) is not None:
        said.append(
            f"{found.key} was compromised since {at:%Y-%m-%d %H:%M} UTC: what it signed counts where a "
            "witness saw it before"
        )
    return "; ".join(said)


def of_misfits(found: "Misfits") -> str:
    said = MISFITS_SAID[found.misfit]
    if found.owner is None:
        return f"{found.month}: {said}, such as of {found.at:%Y-%m-%d %H:%M} UTC"
    whose = f"user {found.owner}"
    if found.group is not None:
        whose += f", list {found.group_name!r} ({found.group})"
    return f"{whose}: {_line(found)}: {said}"


def _line(found: "Misfits") -> str:
    told = [f"{found.at:%Y-%m-%d %H:%M} UTC"]
    if found.record is not None:
        told.append(f"law {found.record}")
    if found.operation is not None:
        told.append(f"operation {found.operation}")
    if found.position is not None:
        told.append(f"position {found.position}")
    first = ", ".join(told)
    return first if found.lines == 1 else f"{found.lines} lines, the first of {first}"

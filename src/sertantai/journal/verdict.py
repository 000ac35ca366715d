"""A journal held against its anchor: is everything there that ought to be? Pure."""

import msgspec

from sertantai.journal.anchor import AnchorFile, Record
from sertantai.journal.damage import Range
from sertantai.journal.survey import Survey


class Verdict(msgspec.Struct):
    """``faults`` need mending; ``doubts`` can only be told. ``redo``: the anchor's batch is to be written
    again; ``advance_to``: positions up to there were given out for good."""

    faults: list[str] = []
    doubts: list[str] = []
    missing: list[Range] = []
    redo: Record | None = None
    advance_to: int = 0

    @property
    def is_damaged(self) -> bool:
        return bool(self.faults or self.missing)


def judge(survey: Survey, anchor: AnchorFile | None) -> Verdict:
    verdict = Verdict(faults=list(survey.faults), missing=list(survey.gaps))
    if survey.unproved:
        verdict.doubts.append(
            "The key of the journal is gone: nobody can tell whether its operations are as they were written"
        )
    record = anchor.newest if anchor is not None else None
    if record is None:
        if survey.anchored:
            how = "gone" if anchor is None else "damaged"
            verdict.doubts.append(f"The journal's anchor is {how}, so its end cannot be proved")
        return verdict
    if record.serial <= survey.anchor_since:
        return verdict  # it was mended, and cut off before the anchor was written anew
    if survey.about and survey.id != record.end.id:
        verdict.doubts.append("The journal is not the one its anchor was written for")
    else:
        _hold_against(survey, record, verdict)
    return verdict


def _hold_against(survey: Survey, record: Record, verdict: Verdict) -> None:
    end = record.end
    if end.last <= survey.last:
        # A journal that is ahead of its anchor was stopped between the two; it has lost nothing.
        at = survey.chain_at(end.last)
        if end.last > survey.trimmed and at not in (None, end.chain):
            verdict.doubts.append(
                f"The journal's operations up to {end.last:,} are not those that its anchor was written for"
            )
        return
    if survey.chain == end.chain:
        verdict.advance_to = end.last
    elif record.body is not None and not survey.allows(end.first, end.last, record.body):
        verdict.faults.append("the newest batch, as its anchor has it, is not what this server wrote")
        verdict.missing.append((max(survey.last, end.trimmed) + 1, end.last))
    elif record.body is not None and survey.chain == end.before and survey.last < end.first:
        # Cut off between the two, or lost with the end of the log: it was written here first.
        verdict.redo = record
    else:
        verdict.missing.append((max(survey.last, end.trimmed) + 1, end.last))

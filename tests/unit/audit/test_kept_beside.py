"""What was told of thousands of owners, month after month, is gone through beside the event loop, and what
each list held only where something differs."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sertantai.audit.vouched import checking, cuts
from sertantai.audit.vouched.balances import balances_told
from sertantai.audit.vouched.checking import check_kept
from sertantai.audit.vouched.hashes import Acts
from sertantai.audit.vouched.told import Telling
from sertantai.sealing.files import TrailFiles

OWNER = UUID(int=1)


class _Empty:
    async def fetch(self, *_: object) -> list[Any]:
        return []


@pytest.mark.parametrize("differs", [False, True])
async def test_what_was_told_of_everybody_is_gone_through_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, differs: bool
) -> None:
    asked = list[str]()

    def beside(where: Any, name: str, does: Callable[..., Any]) -> None:
        def done(*given: Any, **named: Any) -> Any:
            assert threading.current_thread() is not threading.main_thread(), name
            asked.append(name)
            return does(*given, **named)

        monkeypatch.setattr(where, name, done)

    def at_once(where: Any, name: str, answer: Any) -> None:
        async def done(*_: object) -> Any:
            return answer

        monkeypatch.setattr(where, name, done)

    at_once(checking, "told_of", Telling([], is_alone=True))
    at_once(checking, "differing_hashes", ([], []))
    at_once(cuts, "all_kept", cuts.AllKept(None, {}, {}))
    found = [cuts.Finding("It differs.", is_fault=True, owner=OWNER)] if differs else []
    beside(checking, "Acts", Acts)
    beside(cuts, "CutsTold", cuts.CutsTold)
    beside(cuts, "differing_cuts", lambda *_: found)
    beside(checking, "balances_told", balances_told)
    connection: Any = _Empty()
    said = await check_kept(connection, TrailFiles(tmp_path), set(), None, None, has_ended_log=False)
    assert [one.said for one in said] == [one.said for one in found]
    assert asked == ["Acts", "CutsTold", "differing_cuts", *(["balances_told"] if differs else [])]

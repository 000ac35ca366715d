"""What a log line holds, and what it never holds."""

import json
from uuid import UUID

import pytest
import structlog

from sertantai.process import logs


@pytest.fixture
def line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """One JSON line of a request that made an operation, and that logs what it should not."""
    logs.configure_logs("info", "json")
    structlog.contextvars.bind_contextvars(request_id="r-1")
    logs.name_operation(UUID(int=7))
    logs.logger("test").warning(
        "something", password="hunter2", csrf_token="t", api_key="k", Authorization="Bearer x", count=3
    )
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    written: dict[str, object] = json.loads(capsys.readouterr().err)
    return written


def test_a_line_says_which_request_and_which_operation_it_was(line: dict[str, object]) -> None:
    assert (line["request_id"], line["operation_id"]) == ("r-1", str(UUID(int=7)))


def test_a_line_holds_no_secret(line: dict[str, object]) -> None:
    for name in ("password", "csrf_token", "api_key", "Authorization"):
        assert line[name] == "[hidden]"
    assert line["count"] == 3


def test_what_somebody_sent_does_nothing_to_an_operator_s_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure_logs("info", "console")
    logs.logger("test").warning("refused", agent="Firefox\x1b[2J\x1b]0;owned\x07\nroot logged in")
    structlog.reset_defaults()
    written = capsys.readouterr().err
    assert "\x1b[2J" not in written
    assert "\x07" not in written
    assert written.count("\n") == 1

"""Whatever people send, one event stays one line of the log."""

import json
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sertantai.process import logs


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | st.sampled_from(["a\n{}", "\r\n", "\x1b[2K", "\u2028", "\x00"]))
def test_no_value_begins_a_line_of_its_own(capsys: pytest.CaptureFixture[str], text: str) -> None:
    logs.configure_logs("info", "json")
    capsys.readouterr()
    logs.logger("test").warning("refused", path=text, user_agent=text)
    written = capsys.readouterr().err
    structlog.reset_defaults()
    assert written.count("\n") == 1
    assert not any(letter < " " for letter in written[:-1]), "nothing that a terminal would act upon"
    line: dict[str, Any] = json.loads(written)
    assert (line["event"], line["path"]) == ("refused", text)

"""What is found wrong before a server makes anything: a sentence, exit 1, no trace of a data directory."""

import errno
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sertantai.process.listening import CannotListen, Listening
from tests.fixtures.forked import run_forked
from tests.fixtures.ports import HERE
from tests.fixtures.process import COMMAND, COMMAND_S_MAX, environment_of


def served(data_dir: Path, *arguments: str) -> list[str]:
    return [COMMAND, "serve", "--data-dir", str(data_dir), *arguments]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server((HERE, 0)) as other:
        yield other.getsockname()[1]


def test_a_port_that_is_taken(tmp_path: Path, taken: int) -> None:
    refused = subprocess.run(
        served(tmp_path / "data", "--port", str(taken)),
        env=environment_of({}),
        capture_output=True,
        text=True,
        timeout=COMMAND_S_MAX,
        check=False,
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"sertantai: Port {taken} on 127.0.0.1 is in use by another program. Stop that one, or choose "
        "another port with --port; 0 picks a free one.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (("--host", "192.0.2.1"), {}, "192.0.2.1 is not an address of this machine."),
        (("--host", "nowhere.invalid"), {}, "nowhere.invalid is not an address or name of this machine."),
        (
            ("--host", "0.0.0.0"),
            {"SERTANTAI_BCRYPT_COST": "4"},
            "bcrypt_cost: 4 is for tests on this machine",
        ),
        ((), {"SERTANTAI_SISTER_JWT_SECRET": "short"}, "sister_jwt_secret: at least"),
        ((), {"SERTANTAI_TRUSTED_PROXIES": '["proxy"]'}, "trusted_proxies: 'proxy' does not appear to be"),
        ((), {"SERTANTAI_RATE_LIMIT_STORE_URL": "abacus://here"}, "rate_limit_store_url:"),
    ],
)
def test_what_does_not_fit(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], said: str
) -> None:
    command = served(tmp_path / "data", "--port", "0", *arguments)
    environment = {**environment_of({}), "SERTANTAI_BCRYPT_COST": "12", **settings}
    refused = run_forked(command, environment, seconds_max=COMMAND_S_MAX)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"sertantai: {said}")
    assert refused.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_may_not_be_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(*_given: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("sertantai.process.listening.socket.socket.bind", bind)
    with pytest.raises(CannotListen, match=r"may not listen on port 80\. Choose one from 1024 on"):
        Listening(HERE, 80)


def test_whoever_comes_second_to_a_port_that_both_may_bind_is_told_the_same() -> None:
    first = Listening(HERE, 0)
    [mine] = first.sockets
    port = mine.getsockname()[1]
    second = Listening(HERE, port)
    mine.listen()
    with pytest.raises(OSError) as late:  # noqa: PT011  # its number is what is asked for
        second.sockets[0].listen()
    assert f"Port {port} on 127.0.0.1 is in use" in second.refusal(late.value).message
    first.close()
    second.close()


def test_a_name_with_several_addresses_has_one_port_for_all() -> None:
    listening = Listening("localhost", 0)
    assert len({bound.getsockname()[1] for bound in listening.sockets}) == 1
    listening.close()

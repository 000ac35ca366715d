"""What an operator does beside a running server takes effect in it at once, and leaves a trace."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest

from sertantai.accounts.keys.signing_keys import LOOK_AGAIN_AFTER_S
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess

NEWS_S_MAX = 60.0


async def status_of(person: Client) -> int:
    return (await person.http.get("/me")).status_code


async def until(person: Client, status: int) -> None:
    """News from another process arrive in their own time."""
    async with asyncio.timeout(NEWS_S_MAX):
        while await status_of(person) != status:  # noqa: ASYNC110  # another process does it
            await asyncio.sleep(0.05)


async def test_somebody_who_is_disabled_is_shut_out_at_once_and_let_in_again(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as person:
        assert await status_of(person) == 200
        done = await asyncio.to_thread(shared_server.command, "users", "disable", person.email.upper())
        assert done.returncode == 0, done.stderr
        assert "is disabled" in done.stdout
        await until(person, 401)
        account = {"email": person.email, "password": person.password}
        refused = await person.http.post("/auth/token", json=account)
        assert (refused.status_code, refused.json()["code"]) == (403, "account_disabled")
        done = await asyncio.to_thread(shared_server.command, "users", "enable", person.email)
        assert done.returncode == 0, done.stderr
        assert (await person.http.post("/auth/token", json=account)).status_code == 200
        for kind in ("user_disabled", "user_enabled"):
            await asyncio.to_thread(shared_server.security_event, kind, "--user", person.email)


@pytest.mark.parametrize("command", ["disable", "enable", "reset-second-factor", "reset-link"])
def test_an_unknown_address_is_a_failure_in_one_sentence(shared_server: ServerProcess, command: str) -> None:
    done = shared_server.command("users", command, "nobody@example.org")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "sertantai: Nobody has the e-mail address 'nobody@example.org'.\n"


async def test_an_operator_lets_somebody_in_who_gets_no_mail(shared_server: ServerProcess) -> None:
    async with await shared_server.register() as person:
        done = await asyncio.to_thread(shared_server.command, "users", "reset-link", person.email)
        assert done.returncode == 0, done.stderr
        at, _, path = done.stdout.strip().partition("/reset-password?")
        assert (at, done.stderr) == (shared_server.url, ""), "where the server is, whatever its port"
        page = await person.http.get(f"{shared_server.url}/reset-password?{path}")
        assert page.status_code == 200
        assert "Set a new password" in page.text


async def test_a_link_without_a_server_says_that_its_address_is_a_guess(
    start_server: Callable[..., ServerProcess],
) -> None:
    server = start_server()
    async with await server.register() as person:
        email = person.email
    server.terminate()
    done = server.command("users", "reset-link", email)
    assert done.stdout.startswith("http://"), done.stderr
    assert "SERTANTAI_PUBLIC_URL" in done.stderr
    server.settings["SERTANTAI_PUBLIC_URL"] = "https://laws.example.org"
    done = server.command("users", "reset-link", email)
    assert done.stdout.startswith("https://laws.example.org/reset-password?"), done.stderr
    assert done.stderr == ""


async def test_a_rotated_key_signs_without_a_restart_and_signs_nobody_out(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as person:
        before = jwt.get_unverified_header(person.token)["kid"]
        done = await asyncio.to_thread(shared_server.command, "security", "rotate-key")
        assert done.returncode == 0, done.stderr
        made = done.stdout.strip()
        assert made != before
        account = {"email": person.email, "password": person.password}
        async with asyncio.timeout(LOOK_AGAIN_AFTER_S + NEWS_S_MAX):
            while await signed_with(person, account) != made:  # noqa: ASYNC110  # the same
                await asyncio.sleep(0.5)
        assert await status_of(person) == 200


async def signed_with(person: Client, account: dict[str, str]) -> str:
    token = (await person.http.post("/auth/token", json=account)).json()["token"]
    key_id: str = jwt.get_unverified_header(token)["kid"]
    return key_id


async def test_what_was_imported_is_shown_when_the_command_ends(
    start_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    server = start_server()
    async with await server.register() as person:
        # So many that they are not read before the command's own process has ended.
        done = await asyncio.to_thread(server.command, "records", "generate", "--count", "60000")
        assert done.returncode == 0, done.stderr
        for number in (1, 2):
            (file := tmp_path / "law.csv").write_text(
                f"name,title_en\nlaw-{number},The Newcomer Act {number}\n"
            )
            done = await asyncio.to_thread(server.command, "records", "import", str(file))
            assert (done.returncode, done.stdout.split(",")[0]) == (0, "inserted 1"), done.stderr
            assert len(await person.records(q="newcomer")) == number

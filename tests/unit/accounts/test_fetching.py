"""Which addresses a provider may stand at, and how much it may say."""

import asyncio

import pytest

from sertantai.accounts.providers import fetching
from sertantai.accounts.providers.errors import ProviderUnavailable
from sertantai.accounts.providers.fetching import ASKING_MAX, Fetching, is_outside


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        *(
            (inside, False)
            for inside in (
                "127.0.0.1",
                "10.1.2.3",
                "172.16.0.1",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "0.0.0.0",
                "224.0.0.1",
                "255.255.255.255",
                "::1",
                "::",
                "fe80::1%eth0",
                "fc00::1",
                "ff02::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "2002:7f00:1::",
                "64:ff9b::7f00:1",
                "no address",
            )
        ),
    ],
)
def test_only_addresses_of_the_public_internet_are_outside(address: str, outside: bool) -> None:
    assert is_outside(address) is outside


async def test_only_so_many_are_asked_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Fetching(["127.0.0.1"])
    until = asyncio.Event()

    async def slowly(*_args: object) -> tuple[int, dict[str, object]]:
        await until.wait()
        return 200, {}

    monkeypatch.setattr(asking, "_read", slowly)
    waiting = [asyncio.create_task(asking.get("http://127.0.0.1/")) for _ in range(ASKING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(ProviderUnavailable) as refused:
        await asking.get("http://127.0.0.1/")
    assert "same time" in refused.value.reason
    until.set()
    assert await asyncio.gather(*waiting) == [{}] * ASKING_MAX
    assert await asking.get("http://127.0.0.1/") == {}


async def test_whoever_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "FETCH_S_MAX", 0.05)
    asking = Fetching(["127.0.0.1"])

    async def never(*_args: object) -> tuple[int, dict[str, object]]:
        await asyncio.Event().wait()
        return 200, {}

    monkeypatch.setattr(asking, "_read", never)
    with pytest.raises(ProviderUnavailable) as refused:
        await asking.get("http://127.0.0.1/")
    assert refused.value.reason == "no answer in time"

"""Which addresses a provider may stand at, and how much it may say."""

import asyncio
import threading
from typing import Any

import pytest

from sertantai.accounts.providers import fetching
from sertantai.accounts.providers.errors import ProviderUnavailable
from sertantai.accounts.providers.fetching import ASKING_MAX, ASKING_OF_ONE_MAX, Fetching
from sertantai.accounts.providers.host_names import (
    ADDRESSES_MAX,
    INNER_AT_ONCE_MAX,
    HostNames,
    InnerAddress,
    is_outside,
)
from sertantai.process.name_servers import NameServers
from tests.fixtures.small_dns import SmallDns


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
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
                "::7f00:1",
                "::10.0.0.1",
                "::5db8:d822",
                "::ffff:0:127.0.0.1",
                "fec0::1",
                "64:ff9b:1::a00:1",
                "2002:5db8:d822::1",
                "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                "2001:db8::1",
                "4000::1",
                "2606:2800:220:1::1%eth0",
                "fd00:ec2::254",
                "168.63.129.16",
                "::ffff:168.63.129.16",
                "64:ff9b::a83f:8110",
                "192.0.0.192",
                "192.88.99.1",
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
    waiting = [
        asyncio.create_task(asking.get(f"https://{number % 4}.example", "http://127.0.0.1/"))
        for number in range(ASKING_MAX)
    ]
    await asyncio.sleep(0)
    with pytest.raises(ProviderUnavailable) as refused:
        await asking.get("https://login.example", "http://127.0.0.1/")
    assert "same time" in refused.value.reason
    until.set()
    assert await asyncio.gather(*waiting) == [{}] * ASKING_MAX
    assert await asking.get("https://login.example", "http://127.0.0.1/") == {}


async def test_whoever_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "FETCH_S_MAX", 0.05)
    asking = Fetching(["127.0.0.1"])

    async def never(*_args: object) -> tuple[int, dict[str, object]]:
        await asyncio.Event().wait()
        return 200, {}

    monkeypatch.setattr(asking, "_read", never)
    with pytest.raises(ProviderUnavailable) as refused:
        await asking.get("https://login.example", "http://127.0.0.1/")
    assert refused.value.reason == "no answer in time"


async def test_of_one_issuer_only_so_many_are_asked_and_of_others_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asking = Fetching(["127.0.0.1"])
    until = asyncio.Event()

    async def slowly(*_args: object) -> tuple[int, dict[str, object]]:
        await until.wait()
        return 200, {}

    monkeypatch.setattr(asking, "_read", slowly)
    slow, url = "https://slow.example", "http://127.0.0.1/"
    waiting = [asyncio.create_task(asking.get(slow, url)) for _ in range(ASKING_OF_ONE_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(ProviderUnavailable):
        await asking.get(slow, url)
    other = asyncio.create_task(asking.get("https://other.example", url))
    until.set()
    assert await asyncio.gather(*waiting, other) == [{}] * (ASKING_OF_ONE_MAX + 1)


async def test_a_slow_dns_delays_nobody_but_who_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that wait for a name cannot be taken back: there are none."""
    go = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_given, **_named: go.wait(20))
    monkeypatch.setattr(fetching, "FETCH_S_MAX", 0.5)
    server = SmallDns()
    server.is_silent = True
    async with server.listening() as address:
        asking = Fetching([], [address])
        await asking._http()  # which takes a while, the first time
        slow = [
            asyncio.create_task(asking.get(f"https://{n}.example", f"https://login{n}.example/"))
            for n in range(ASKING_MAX)
        ]
        try:
            async with asyncio.timeout(15):
                given_up = await asyncio.gather(*slow, return_exceptions=True)
                assert all(isinstance(one, ProviderUnavailable) for one in given_up), given_up
                await asyncio.to_thread(lambda: None)
        finally:
            go.set()
            await asking.close()
        assert server.asked


async def test_names_of_the_operators_have_threads_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    go, looked_up = threading.Event(), []

    def slowly(host: str, *_given: object) -> list[Any]:
        looked_up.append(host)
        go.wait(20)
        return [(None, None, None, "", ("10.0.0.1", 0))]

    monkeypatch.setattr("socket.getaddrinfo", slowly)
    names = HostNames(["login.inner"], NameServers())
    waiting = [asyncio.create_task(names.address("login.inner")) for _ in range(INNER_AT_ONCE_MAX + 3)]
    try:
        async with asyncio.timeout(15):
            await asyncio.to_thread(lambda: None)
        assert len(looked_up) <= INNER_AT_ONCE_MAX
    finally:
        go.set()
    assert set(await asyncio.gather(*waiting)) == {"10.0.0.1"}
    names.close()


async def test_what_a_name_stands_for_is_asked_of_the_dns_and_all_of_it_is_outside() -> None:
    server = SmallDns()
    async with server.listening() as address:
        names = HostNames([], NameServers([address]))
        server.addresses["login.example"] = ["93.184.216.34", "93.184.216.35"]
        assert (await names.address("login.example")).startswith("93.184.216.3")
        assert await names.address("93.184.216.34") == "93.184.216.34"
        server.addresses["login.example"].append("10.0.0.1")
        for inside in ("login.example", "10.0.0.1", "::1"):
            with pytest.raises(InnerAddress):
                await names.address(inside)
        with pytest.raises(OSError, match="NXDOMAIN"):
            await names.address("nowhere.example")
        server.addresses["many.example"] = [f"93.184.1.{number}" for number in range(ADDRESSES_MAX + 9)]
        assert (await names.address("many.example")).startswith("93.184.1.")
        names.close()

"""What every test may ask for."""

import logging
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from sertantai.process.garbage import collect_rarely, load_quickly

# Whoever runs pytest by itself gets what `make test` gives: none of the many processes compiles what another
# has compiled, neither Python nor templates. Those are three quarters of a server's start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
load_quickly()

# In this order: pytest wants to load a plugin before another one imports it.
pytest_plugins = [
    "tests.fixtures.prepared",
    "tests.fixtures.servers",
    "tests.fixtures.browser",
    "tests.fixtures.postgres",
    "tests.fixtures.redis",
    "tests.fixtures.scheduling",
]

settings.register_profile(
    "default", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("fuzz", deadline=None, max_examples=5_000, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in tests/browser share a browser that lives as long as the session, and so its event loop."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def pytest_collection_finish() -> None:
    """Thousands of tests, and what they import, are there to the end: no garbage is looked for in them."""
    collect_rarely()


@pytest.fixture(autouse=True)
def _logs_go_where_they_went() -> Iterator[None]:
    """A test that sets up the product's logs has them written to what pytest closes after it."""
    log = logging.getLogger()
    before = log.handlers[:]
    yield
    for handler in log.handlers[:]:
        if type(handler) is logging.StreamHandler and handler not in before:
            log.removeHandler(handler)

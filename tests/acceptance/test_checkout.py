"""A checkout that was renamed or moved, or whose Python is gone, sets itself up again."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.repository import ROOT

SET_UP = "scripts/setup.sh run"
PARTS = ("Makefile", "scripts", "pyproject.toml", "requirements.lock")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What `make run` looks at, with a .venv as it is after a set-up."""
    home = tmp_path / "checkout"
    package = home / "src" / "sertantai" / "__init__.py"
    package.parent.mkdir(parents=True)
    package.touch()
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, home / part)
    venv = home / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    [packages] = venv.glob("lib/python*/site-packages")
    (packages / "here.pth").write_text(f"{home / 'src'}\n")
    (venv / "bin" / "sertantai").write_text(f"#!{venv / 'bin' / 'python'}\n")
    (venv / ".ready-run").touch()
    return home


def planned(checkout: Path) -> str:
    """What `make run` would do."""
    made = subprocess.run(
        ["make", "-n", "run"], cwd=checkout, capture_output=True, text=True, check=True, timeout=240
    )
    return made.stdout


def rename(checkout: Path) -> Path:
    return checkout.rename(checkout.with_name("renamed"))


def move_deeper(checkout: Path) -> Path:
    place = checkout.with_name("elsewhere")
    place.mkdir()
    return checkout.rename(place / "checkout")


def copy(checkout: Path) -> Path:
    return shutil.copytree(checkout, checkout.with_name("copy"), symlinks=True)


def lose_python(checkout: Path) -> Path:
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/no/such/python3")
    return checkout


def change_python(checkout: Path) -> Path:
    """Another version does not look where the packages are."""
    [library] = (checkout / ".venv" / "lib").iterdir()
    library.rename(library.with_name("python3.1"))
    return checkout


def test_a_checkout_that_stayed_where_it_is_is_ready(checkout: Path) -> None:
    assert SET_UP not in planned(checkout)


@pytest.mark.parametrize("event", [rename, move_deeper, copy, lose_python, change_python])
def test_another_is_set_up_again(checkout: Path, event: Callable[[Path], Path]) -> None:
    assert SET_UP in planned(event(checkout))

"""Set-up takes a Python that was built with profile-guided optimisation where there is one, or any other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.repository import ROOT

PLAIN = "--enable-shared"
OPTIMISED = "--enable-optimizations --with-lto"
TELLS = """
import os, sys, sysconfig
told = sysconfig.get_config_vars()
for name in told:
    if "-fprofile-use" in str(told[name]):
        told[name] = "-fprofile-use" if name == "PGO_PROF_USE_FLAG" else ""
told["CONFIG_ARGS"], told["PGO_PROF_USE_FLAG"] = os.environ["TOLD"], os.environ["USED"]
if os.environ["OLD"]:
    sys.version_info = (3, 10)
if os.environ["BARE"]:
    sys.modules["ensurepip"] = sys.modules["pip"] = None
"""
"""As `sitecustomize`: this Python as if it was built otherwise."""


class Machine:
    """Pythons in a folder, each of which tells of its build what it is to tell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pythons: list[str] = []
        (folder / "sitecustomize.py").write_text(TELLS)

    def has(self, name: str, told: str, used: str = "-fprofile-use", *, old: str = "", bare: str = "") -> str:
        path = self.folder / name
        said = f'TOLD="{told}" USED="{used}" OLD="{old}" BARE="{bare}" PYTHONPATH="{self.folder}"'
        path.write_text(f'#!/bin/sh\n{said} exec "{sys.executable}" "$@"\n')
        path.chmod(0o755)
        self.pythons.append(str(path))
        return str(path)

    def takes(self, **named: str) -> str:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHON"} | named
        command = [str(ROOT / "scripts" / "find-python.sh"), *self.pythons]
        told = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=240
        )
        return told.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_one_that_is_optimised_is_taken_before_others(machine: Machine) -> None:
    machine.has("python3", PLAIN)
    machine.has("python3.13", OPTIMISED, old="1")
    optimised = machine.has("python3.12", OPTIMISED)
    assert machine.takes() == f"{optimised}\toptimised\n"


def test_so_is_one_that_tells_of_its_build_as_debian_does(machine: Machine) -> None:
    machine.has("python3", PLAIN)
    debian = machine.has("python3.11", "--without-ensurepip", used="")
    assert machine.takes() == f"{debian}\toptimised\n"


def test_without_one_the_first_that_is_new_enough_is_taken(machine: Machine) -> None:
    machine.has("python3", PLAIN, old="1")
    first = machine.has("python3.12", PLAIN)
    machine.has("python3.11", PLAIN)
    machine.has("python3.13", OPTIMISED, bare="1")
    assert machine.takes() == f"{first}\n", "The optimised one can make no environment."


def test_one_that_is_named_is_taken_whatever_it_is(machine: Machine) -> None:
    machine.has("python3", OPTIMISED)
    named = machine.has("mine", PLAIN)
    assert machine.takes(PYTHON=named) == f"{named}\n"


def test_there_may_be_none(machine: Machine) -> None:
    machine.has("python3", OPTIMISED, old="1")
    assert machine.takes() == ""

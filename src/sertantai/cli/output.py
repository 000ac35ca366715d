"""What a command prints: answers on standard output, complaints and progress on standard error."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

Advance = Callable[[float, float | None], None]
"""Told how far it is, and how far it goes (None: nobody knows)."""


def say(text: str = "") -> None:
    """A line of the answer, exactly as it is."""
    sys.stdout.write(f"{text}\n")


def say_json(value: object) -> None:
    say(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def complain(text: str) -> None:
    """Something is wrong; one plain sentence on standard error."""
    sys.stderr.write(f"sertantai: {text}\n")


def note(text: str) -> None:
    """Something worth knowing beside the answer."""
    sys.stderr.write(f"{text}\n")


def say_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(_shown(value)) for value in row))
    # Without a terminal nothing may be cut or wrapped: a program may read it.
    width = None if sys.stdout.isatty() else 10_000
    Console(highlight=False, width=width, soft_wrap=False).print(table, no_wrap=True)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "isoformat"):
        return str(value.isoformat(sep=" ", timespec="seconds"))
    return str(value)


@contextmanager
def progress_bar(description: str) -> Iterator[Advance]:
    """A bar on a terminal; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    errors = Console(stderr=True, highlight=False)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
    )
    with bar:
        task = bar.add_task(description, total=None)

        def advance(done: float, total: float | None) -> None:
            bar.update(task, completed=done, total=total)

        yield advance

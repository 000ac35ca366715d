"""Which refused operations a command is about: some by their ids, or all that wait."""

from typing import Annotated
from uuid import UUID

import typer

ChosenIds = Annotated[list[UUID] | None, typer.Argument(help="Ids; see `sync rejections list`.")]
Everything = Annotated[bool, typer.Option("--all", help="All that are waiting.")]


def chosen(ids: list[UUID] | None, everything: bool) -> list[UUID] | None:
    """The ids, or None for all; one of both must be said."""
    if bool(ids) == everything:
        raise typer.BadParameter("Give the ids of rejections, or use --all.")
    return ids or None

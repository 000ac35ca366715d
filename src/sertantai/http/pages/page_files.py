"""What a product gives the toolkit to make its pages of: where its files lie, and what each is for."""

from pathlib import Path
from typing import NamedTuple


class PageFiles(NamedTuple):
    """Names are relative to ``root``, on disk as in addresses, so that relative imports are right in both."""

    root: Path
    template_folders: tuple[str, ...]
    """A template is called by its path in the first of these that has it."""
    static_folders: tuple[str, ...]
    """Whose scripts, sheets and pictures browsers load."""
    app_script: str
    """The module of every page; a page's own has the name of its template and lies beside it."""
    not_modules: tuple[str, ...]
    """How the names of scripts begin that are no modules."""
    sheets: tuple[tuple[str, tuple[str, ...]], ...]
    """Style sheets that are always asked for together, as one, by its name."""
    icon: str
    error_template: str

    @property
    def template_paths(self) -> tuple[Path, ...]:
        return tuple(self.root / folder for folder in self.template_folders)

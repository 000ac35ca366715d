"""The files pages are made of: a page's own in ``pages``, what many share in ``parts`` and ``browser``."""

from pathlib import Path
from typing import Final

from sertantai.http.pages.page_files import PageFiles

_EVERY_PAGE: Final = ("browser/vendor/tabler.min.css", "browser/app.css")
_REGISTER: Final = (
    "browser/ticking/table.css",
    "browser/register/register.css",
    "browser/register/record.css",
)

PAGE_FILES: Final = PageFiles(
    root=Path(__file__).parent,
    template_folders=("parts", "pages"),
    static_folders=("browser", "pages"),
    app_script="browser/app.js",
    # The theme is chosen before the page is drawn, and a worker is a script of its own.
    not_modules=("browser/vendor/", "browser/theme.js", "browser/live/worker/"),
    sheets=(("sheets/app.css", _EVERY_PAGE), ("sheets/register.css", (*_EVERY_PAGE, *_REGISTER))),
    icon="browser/favicon.svg",
    error_template="error.html",
)

"""What has routes is named among them, and once: a page that nobody can reach is no page."""

from sertantai.web import routes
from tests.house.repository import SOURCE, source_files, text_of


def test_every_file_that_has_routes_is_named_once() -> None:
    there = {
        path.relative_to(SOURCE / "web").with_suffix("").as_posix().replace("/", ".")
        for path in source_files(".py")
        if path.is_relative_to(SOURCE / "web") and "\nROUTES = " in text_of(path)
    }
    assert sorted((*routes.ACCOUNTS, *routes.API, *routes.PAGES)) == sorted(there)

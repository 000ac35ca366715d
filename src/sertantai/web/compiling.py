"""``python -m sertantai.web.compiling``: compiles the templates of all pages, as pip compiles modules.

For where the server runs as a user who may not write beside them: it would compile them at each start, which
is half of a start. A start that may write needs nobody to have done it before.
"""

import sys

from sertantai.http.pages.rendering import compile_templates
from sertantai.http.pages.static_files import static_files
from sertantai.web.page_files import PAGE_FILES


def main() -> None:
    """Exits with 1 when nothing could be written."""
    if not compile_templates(static_files(PAGE_FILES)):
        sys.exit(f"Nothing can be written below {PAGE_FILES.root}, or PYTHONDONTWRITEBYTECODE is set.")


if __name__ == "__main__":
    main()

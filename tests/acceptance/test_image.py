"""The image's steps without Docker: built of what it copies; run as its user, read-only, unprivileged."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

import httpx
import pytest

from tests.fixtures.client import WITHOUT_TLS
from tests.fixtures.ports import HERE, ReservedPort
from tests.fixtures.process import READY
from tests.house.repository import ROOT

DOCKERFILE = re.sub(r"\\\n\s*", " ", (ROOT / "deploy" / "Dockerfile").read_text())
STEPS = Path(__file__).with_name("image_steps.sh")
RUN = "import sys; sys.argv[0] = 'sertantai'; from sertantai.cli import main; main()"
STEP_S_MAX = 240.0


@dataclass(frozen=True)
class Image:
    """What the build made. Outside of /tmp, which is another one in the container."""

    home: Path

    @property
    def site(self) -> Path:
        return self.home / "site"

    @property
    def volume(self) -> Path:
        return self.home / "volume"


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    home = Path(tempfile.mkdtemp(prefix="sertantai-image-", dir="/var/tmp"))
    home.chmod(0o755)
    try:
        image = Image(home)
        build(image)
        yield image
    finally:
        shutil.rmtree(home, ignore_errors=True)


def build(image: Image) -> None:
    """The package alone: its dependencies are those of the lock here too."""
    context = image.home / "context"
    context.mkdir()
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M):
        for name in line.split()[:-1]:
            source = ROOT / name
            ignore = shutil.ignore_patterns("__pycache__")
            if source.is_dir():
                shutil.copytree(source, context / name, ignore=ignore)
            else:
                shutil.copy2(source, context / name)
    # The wheel is the same by either; uv is much sooner done, where it is and knows where packages are.
    uv, pip = [str(Path(sys.executable).with_name("uv")), "pip"], [sys.executable, "-m", "pip"]
    said = ""
    for tool in (uv, pip):
        if not Path(tool[0]).exists():
            continue
        install = [*tool, "install", "--no-deps", "--target", str(image.site), str(context)]
        done = subprocess.run(install, capture_output=True, text=True, timeout=STEP_S_MAX, check=False)
        if done.returncode == 0:
            run_what_it_runs(image)
            return
        said += done.stderr
    pytest.fail(said)


def run_what_it_runs(image: Image) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for module in re.findall(r"^RUN .*python -m (sertantai\S*)", DOCKERFILE, re.M):
        command = [sys.executable, "-m", module]
        subprocess.run(command, env={**environment, "PYTHONPATH": str(image.site)}, check=True)


def settings() -> dict[str, str]:
    [line] = re.findall(r"^ENV (.+)$", DOCKERFILE, re.M)
    return dict(pair.split("=", 1) for pair in line.split())


def test_it_has_every_file_of_the_package(image: Image) -> None:
    made = {path.relative_to(image.site) for path in (image.site / "sertantai").rglob("*") if path.is_file()}
    source = ROOT / "src"
    wanted = {
        path.relative_to(source)
        for path in (source / "sertantai").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= made, sorted(map(str, wanted - made))


def test_no_start_has_to_compile_its_pages(image: Image) -> None:
    program = (
        "import jinja2; jinja2.Environment.compile = None\nfrom sertantai.web.compiling import main; main()"
    )
    environment = settings() | {"PYTHONPATH": str(image.site)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_it_serves_as_its_user_is_found_well_and_stops_cleanly(image: Image) -> None:
    [(uid, gid)] = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.M)
    port = ReservedPort()
    image.volume.mkdir(mode=0o700)
    environment = settings() | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(image.site),
        "SERTANTAI_DATA_DIR": str(image.volume),
        "SERTANTAI_PORT": str(port.number),
    }
    command = [sys.executable, "-c", RUN, "serve"]
    if os.geteuid() == 0:  # whoever is not has no privileges to begin with
        os.chown(image.volume, int(uid), int(gid))
        environment["PASSAGE"] = f"{sys.prefix} {sys.base_prefix}"
        command = ["unshare", "--mount", str(STEPS), str(image.home), str(image.volume), uid, *command]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith(READY)
        assert (image.volume / "journal.sqlite").stat().st_uid == (
            int(uid) if os.geteuid() == 0 else os.getuid()
        )
        with httpx.Client(
            base_url=f"http://{HERE}:{port.number}", timeout=STEP_S_MAX, verify=WITHOUT_TLS
        ) as client:
            client.headers["authorization"] = f"Bearer {registered(client)}"
            exported = asked(lambda: client.get("/api/v1/records/export.xlsx?limit=5"))
            assert exported.content.startswith(b"PK"), exported.text[:300]
        assert health(port.number) == 0
        server.send_signal(signal.SIGTERM)
        assert server.wait(STEP_S_MAX) == 0
        assert health(port.number) != 0
    finally:
        server.kill()
        server.communicate()
        port.release()


def registered(client: httpx.Client) -> str:
    """The token of somebody new; somebody else where it is not known whether the last one was registered."""

    def register() -> httpx.Response:
        account = {"email": f"{uuid4().hex}@example.org", "password": "a long pass phrase 9"}
        return client.post("/api/v1/auth/register", json=account)

    token: str = asked(register).json()["token"]
    return token


def asked(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """The first answer that is not "later": of a busy machine, or of a server that has just begun."""
    until = monotonic() + STEP_S_MAX
    while (answer := ask()).status_code == httpx.codes.SERVICE_UNAVAILABLE and monotonic() < until:
        sleep(float(answer.headers["retry-after"]))
    return answer


def health(port: int) -> int:
    """What the image's own check answers."""
    [check] = re.findall(r"^HEALTHCHECK .*?CMD (.+)$", DOCKERFILE, re.M)
    command = [sys.executable if part == "python" else part for part in json.loads(check)]
    environment = {"SERTANTAI_PORT": str(port)}
    return subprocess.run(
        command, env=environment, capture_output=True, timeout=STEP_S_MAX, check=False
    ).returncode

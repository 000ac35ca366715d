"""What deploy/ has, in use: nginx before the server, the unit as systemd reads it, the image's own check."""

import asyncio
import json
import re
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.fixtures.client import ANSWER_S_MAX, PASSWORD, ask
from tests.fixtures.ports import HERE, ReservedPort
from tests.fixtures.process import COMMAND, COMMAND_S_MAX, ServerProcess
from tests.fixtures.servers import StartServer
from tests.house.repository import ROOT

DEPLOY = ROOT / "deploy"
NGINX = "/usr/sbin/nginx"
NAME = "sertantai.example.org"
VISITOR, PRETENDED = "127.0.0.9", "203.0.113.7"
SETTING = re.compile(r"^#.*?(?=SERTANTAI_)(.*)$", re.M)


def advised(conf: str) -> dict[str, str]:
    """The settings that the first lines of nginx.conf name."""
    return dict(pair.split("=", 1) for line in SETTING.findall(conf) for pair in line.split())


@dataclass(frozen=True)
class Site:
    server: ServerProcess
    https: int
    http: int
    certificate: Path

    def visitor(self) -> httpx.AsyncClient:
        """Somebody in the network, who gives another address as theirs."""
        trust = ssl.create_default_context(cafile=self.certificate)
        transport = httpx.AsyncHTTPTransport(local_address=VISITOR, verify=trust)
        headers = {"host": NAME, "x-forwarded-for": PRETENDED, "x-forwarded-proto": "http"}
        return httpx.AsyncClient(
            base_url=f"https://{HERE}:{self.https}",
            transport=transport,
            headers=headers,
            timeout=ANSWER_S_MAX,
            event_hooks={"request": [name_the_site]},
        )


async def name_the_site(request: httpx.Request) -> None:
    request.extensions["sni_hostname"] = NAME


@pytest.fixture
async def site(start_server: StartServer, tmp_path: Path) -> AsyncIterator[Site]:
    conf = (DEPLOY / "nginx.conf").read_text()
    server = start_server(**advised(conf))
    https, http = ReservedPort(), ReservedPort()
    certificate, key = certificate_for(NAME, tmp_path)
    conf = conf.replace("server 127.0.0.1:8000;", f"server {server.url.removeprefix('http://')};")
    conf = re.sub(r"^\s*listen \[::\].*$", "", conf, flags=re.M)
    conf = conf.replace("listen 443", f"listen {HERE}:{https.number}")
    conf = conf.replace("listen 80", f"listen {HERE}:{http.number}")
    conf = conf.replace("/etc/ssl/sertantai/fullchain.pem", str(certificate))
    conf = conf.replace("/etc/ssl/sertantai/key.pem", str(key))
    (tmp_path / "site.conf").write_text(conf)
    with nginx(tmp_path):
        site = Site(server, https.number, http.number, certificate)
        await asyncio.to_thread(answers, site)
        yield site
    https.release()
    http.release()


def answers(site: Site) -> None:
    """Its workers take a moment to begin."""
    with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as client:
        client.get(f"http://{HERE}:{site.http}/", timeout=ANSWER_S_MAX)


@contextmanager
def nginx(folder: Path) -> Iterator[None]:
    if not Path(NGINX).exists():
        pytest.fail("nginx is missing. Install it: apt-get install nginx-light")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    whole = folder / "nginx.conf"
    whole.write_text(
        f"daemon off; master_process off; pid {folder / 'pid'}; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {places} include {folder / 'site.conf'}; }}\n"
    )
    command = [NGINX, "-e", "stderr", "-p", str(folder), "-c", str(whole)]
    tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def certificate_for(name: str, folder: Path) -> tuple[Path, Path]:
    private, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    itself = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(itself, itself, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate, key = folder / "fullchain.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key.write_bytes(private.private_bytes(*form))
    return certificate, key


async def test_people_come_through_nginx_as_who_they_are_and_the_machine_asks_past_it(site: Site) -> None:
    email = "reader@example.org"
    async with site.visitor() as visitor:
        page = await visitor.get("/sign-in")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"].startswith("max-age=31536000")
        assert all("Secure" in cookie for cookie in page.headers.get_list("set-cookie"))
        account = {"email": email, "password": PASSWORD}
        made = await ask(visitor, "POST", "/api/v1/auth/register", json=account)
        assert made.status_code == 201, made.text
        visitor.headers["authorization"] = f"Bearer {made.json()['token']}"
        law = (await ask(visitor, "GET", "/api/v1/records?limit=1")).json()["items"][0]["id"]
        ticked = await ask(visitor, "PUT", f"/api/v1/groups/default/records/{law}")
        assert (ticked.status_code, ticked.json()["changed"]) == (200, 1)
        wrong = account | {"password": "not the right one"}
        assert (await ask(visitor, "POST", "/api/v1/auth/token", json=wrong)).status_code == 401
        assert (await visitor.get("/metrics")).status_code == 404
    failed = await asyncio.to_thread(site.server.security_event, "fail", "--ip", VISITOR)
    assert failed["email"] == email
    async with httpx.AsyncClient() as stranger:
        plain = await stranger.get(f"http://{HERE}:{site.http}/records", headers={"host": NAME})
        assert (plain.status_code, plain.headers["location"]) == (301, f"https://{NAME}/records")
    async with site.server.client() as machine:
        for path, status in (
            ("/health/live", 200),
            ("/health/ready", 200),
            ("/metrics", 200),
            ("/records", 421),
        ):
            assert (await machine.get(path)).status_code == status, path


def test_systemd_takes_the_unit_as_it_is(tmp_path: Path) -> None:
    unit = tmp_path / "sertantai.service"
    text = (DEPLOY / "sertantai.service").read_text()
    unit.write_text(text.replace("/opt/sertantai/bin/sertantai", COMMAND))
    try:
        read = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(unit)],
            capture_output=True,
            text=True,
            timeout=COMMAND_S_MAX,
            check=False,
        )
    except FileNotFoundError:
        pytest.fail("systemd-analyze is missing. Install it: apt-get install systemd")
    assert (read.returncode, read.stdout + read.stderr) == (0, "")


def test_the_image_finds_the_server_well_whatever_its_names_are_and_a_dead_one_not(
    start_server: StartServer,
) -> None:
    text = re.sub(r"\\\n\s*", " ", (DEPLOY / "Dockerfile").read_text())
    _, asked = next(iter(re.findall(r"^HEALTHCHECK (.*?)CMD (.+)$", text, re.M)))
    server = start_server(SERTANTAI_ALLOWED_HOSTS=f'["{NAME}"]')
    command = [sys.executable if part == "python" else part for part in json.loads(asked)]
    environment = {"SERTANTAI_PORT": server.url.rpartition(":")[2]}
    for well in (True, False):
        check = subprocess.run(
            command, env=environment, capture_output=True, timeout=COMMAND_S_MAX, check=False
        )
        assert (check.returncode == 0) is well, check.stderr
        server.kill9()

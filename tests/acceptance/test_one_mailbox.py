"""An address made on the command line is entered as a browser sends it, and the other way round."""

import json

import httpx

from tests.fixtures.servers import StartServer

TYPED = "anna@müller.example"
SENT = "anna@xn--mller-kva.example"
PASSWORD = "a long pass phrase 9"


def test_what_the_command_line_makes_a_browser_enters(start_server: StartServer) -> None:
    server = start_server()
    made = server.command("users", "create", TYPED, stdin=PASSWORD)
    assert made.returncode == 0, made.stderr
    body = {"email": SENT, "password": PASSWORD}
    assert httpx.post(f"{server.url}/api/v1/auth/token", json=body).status_code == 200
    assert httpx.post(f"{server.url}/api/v1/auth/register", json=body).status_code == 409
    again = server.command("users", "create", SENT, stdin=PASSWORD)
    assert (again.returncode, "already" in again.stderr) == (1, True), again.stderr
    assert server.command("users", "disable", SENT).returncode == 0
    assert httpx.post(f"{server.url}/api/v1/auth/token", json=body).status_code == 403
    listed = json.loads(server.command("users", "list", "--json").stdout)
    assert [user["email"] for user in listed if "anna" in user["email"]] == [TYPED]

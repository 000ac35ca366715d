"""Whatever a signed-in user sends to the API: no internal error, and every answer as its document says.

Bounded in `make test`; `make fuzz` looks much longer. A failure shows the request as a curl command.
"""

import os
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.fixtures.client import PASSWORD, WITHOUT_TLS
from tests.fixtures.process import ServerProcess

EXAMPLES = int(os.environ.get("SERTANTAI_FUZZ_EXAMPLES", "8"))
CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]
ENDS_THE_SESSION = {
    "DELETE /api/v1/auth/token": "signs out",
    "DELETE /api/v1/me/sessions": "signs out elsewhere",
}
"""Called by tests of their own; here every later request would be answered 401."""

WITHOUT_END = {"GET /api/v1/groups/{group}/events": {"until": "now"}}
"""What goes on for as long as somebody reads it, with what makes it end."""


@pytest.fixture(scope="module")
def operations(shared_server: ServerProcess) -> dict[str, Any]:
    schema = schemathesis.openapi.from_url(f"{shared_server.url}/openapi.json")
    results: Iterable[Any] = schema.get_all_operations()
    found = (result.ok() for result in results)
    return {f"{operation.method.upper()} {operation.path}": operation for operation in found}


class Asker:
    """A user who has a few records ticked: their headers, and what they may put into paths."""

    def __init__(self, token: str, known: dict[str, str]) -> None:
        self.headers = {"authorization": f"Bearer {token}"}
        self.known = known


@pytest.fixture(scope="module")
def asker(shared_server: ServerProcess) -> Iterator[Asker]:
    with httpx.Client(base_url=f"{shared_server.url}/api/v1", timeout=60, verify=WITHOUT_TLS) as http:
        email = f"{uuid4().hex}@example.org"
        token = http.post("/auth/register", json={"email": email, "password": PASSWORD}).json()["token"]
        http.headers["authorization"] = f"Bearer {token}"
        records = [record["id"] for record in http.get("/records", params={"limit": 5}).json()["items"]]
        for record in records:
            http.put(f"/groups/default/records/{record}").raise_for_status()
        yield Asker(token, {"group": "default", "record": records[0]})


def test_the_document_holds_the_whole_api(operations: dict[str, Any]) -> None:
    assert len(operations) > 30
    assert ENDS_THE_SESSION.keys() <= operations.keys()


@pytest.mark.timeout(0)
def test_any_request_is_answered_as_documented(operations: dict[str, Any], asker: Asker) -> None:
    wrong = []
    for name, operation in sorted(operations.items()):
        if name not in ENDS_THE_SESSION:
            try:
                ask(operation, asker)
            except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001  # all operations are asked before any is blamed
                wrong.append(f"{name}\n{error}")
    assert not wrong, "\n\n".join(wrong)


def ask(operation: Any, asker: Asker) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), is_known=st.booleans())
    def examples(case: Any, is_known: bool) -> None:
        if is_known:
            case.path_parameters = {
                name: asker.known.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
        if ending := WITHOUT_END.get(f"{operation.method.upper()} {operation.path}"):
            case.query = {**(case.query or {}), **ending}
        answer = case.call(headers=asker.headers)
        case.validate_response(answer, checks=CHECKS)

    examples()

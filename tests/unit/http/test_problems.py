"""Every error is a problem of one shape for programs, and a page for people."""

import pytest

from sertantai.core import errors
from sertantai.http.framework_problems import REQUEST_BODY_MAX_BYTES
from sertantai.http.problems import PROBLEM_MEDIA_TYPE, problem_of, status_of
from tests.unit.http.application import client


class JournalOnFire(errors.JournalFull):
    code = "journal_on_fire"


def test_every_error_class_has_a_status_of_its_own_meaning() -> None:
    classes = [errors.SertantaiError]
    for cls in classes:
        classes.extend(cls.__subclasses__())
    ours = [cls for cls in classes[1:] if cls.__module__ == errors.__name__]
    assert [cls for cls in ours if status_of(cls.__new__(cls)) == 500] == []


def test_a_subclass_has_its_parents_status_and_its_own_code() -> None:
    problem = problem_of(JournalOnFire("It burns.", retry_after_s=0.2), "r1")
    assert (problem.status, problem.code, problem.headers["Retry-After"]) == (503, "journal_on_fire", "1")


@pytest.mark.parametrize(
    ("path", "status", "code", "field"),
    [
        ("/api/v1/nothing", 404, "not_found", None),
        ("/api/v1/secret", 401, "not_signed_in", None),
        ("/api/v1/years", 422, "invalid_input", "year"),
        ("/api/v1/years?year=x", 422, "invalid_input", "year"),
        ("/api/v1/years?year=1&size=0", 422, "invalid_input", "size"),
        ("/api/v1/fails/field", 422, "invalid_input", "sort"),
        ("/api/v1/fails/away", 503, "database_unavailable", None),
        ("/api/v1/fails/limit", 429, "rate_limited", None),
        ("/api/v1/fails/fault", 500, "internal_error", None),
    ],
)
def test_a_refusal_states_status_code_and_field(path: str, status: int, code: str, field: str | None) -> None:
    with client() as web:
        answer = web.get(path, headers={"X-Request-ID": "request-0001"})
    body = answer.json()
    assert answer.headers["content-type"].startswith(PROBLEM_MEDIA_TYPE)
    assert (answer.status_code, body["status"], body["code"], body.get("field")) == (
        status,
        status,
        code,
        field,
    )
    assert body["instance"] == answer.headers["x-request-id"] == "request-0001"
    assert body["title"]
    assert body["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "body"),
        (b"{}", "name"),
        (b'{"name": 1}', "name"),
        (b'{"name": "a", "count": "x"}', "count"),
        (b'{"name": "a", "colour": 1}', "colour"),
    ],
)
def test_a_wrong_body_is_422_and_names_what_is_wrong(body: bytes, field: str) -> None:
    with client() as web:
        answer = web.post("/api/v1/wishes", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["errors"][0]["field"] == field


FROM_SOMEBODY = {"Content-Type": "application/json", "x-test-role": "user"}
"""Strangers may send little."""


def test_a_body_of_a_million_brackets_is_422() -> None:
    with client() as web:
        body = b'{"name": ' + b"[" * 1_000_000
        answer = web.post("/api/v1/wishes", content=body, headers=FROM_SOMEBODY)
    assert (answer.status_code, answer.json()["field"]) == (422, "body")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_a_body_over_the_limit_is_413_and_the_limit_is_named(headers: dict[str, str]) -> None:
    with client() as web:
        answer = web.post(
            "/api/v1/wishes",
            content=b" " * (REQUEST_BODY_MAX_BYTES + 1),
            headers={**FROM_SOMEBODY, **headers},
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "2 MB" in answer.json()["detail"]


def test_a_wrong_method_is_405_and_says_which_are_right() -> None:
    with client() as web:
        answer = web.patch("/api/v1/years")
        options = web.options("/api/v1/years")
        posted = web.get("/api/v1/wishes")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    for said in (answer, options):
        assert {"GET", "HEAD"} <= set(said.headers["allow"].split(", "))
    assert "HEAD" not in posted.headers["allow"]


def test_a_fault_of_ours_tells_nothing_of_its_inside() -> None:
    with client() as web:
        answer = web.get("/api/v1/fails/fault")
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text


def test_unavailable_and_too_many_say_when_to_come_back() -> None:
    with client() as web:
        assert web.get("/api/v1/fails/away").headers["retry-after"] == "3"
        assert web.get("/api/v1/fails/limit").headers["retry-after"] == "5"


@pytest.mark.parametrize(("how", "status"), [("away", 503), ("limit", 429), ("fault", 500)])
def test_a_person_gets_a_page_with_a_way_on(how: str, status: int) -> None:
    with client() as web:
        answer = web.get(f"/pages/{how}", headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert 'data-testid="error-page"' in answer.text
    assert "Try again" in answer.text


def test_a_person_who_is_not_signed_in_goes_to_sign_in_and_back() -> None:
    with client() as web:
        answer = web.get("/pages/mine?q=a%26b", headers={"Accept": "text/html"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/pages/mine%3Fq%3Da%2526b"


def test_htmx_is_told_to_go_to_sign_in() -> None:
    headers = {"Accept": "text/html", "HX-Request": "true", "HX-Current-URL": "http://a/groups?x=1"}
    with client() as web:
        answer = web.get("/pages/mine", headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?next=/groups%3Fx%3D1")

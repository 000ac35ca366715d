"""What a real server exposes is what dashboard and alert rules ask for: names, and the labels in them."""

import json
import re
from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families

from tests.fixtures.process import ServerProcess
from tests.house.repository import ROOT
from tests.house.test_deploy import EXPRESSION

QUERY = re.compile(r"(sertantai_[a-z_]+)(?:\{([^}]*)\})?")
GROUPED = re.compile(r"by \(([a-z_, ]+)\)")
LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)")
CANNOT_HAPPEN_HERE = frozenset(
    {"sertantai_sync_failures_total", "sertantai_alerts_total", "sertantai_security_events_total"}
)
"""They have labels, and so no sample before something goes wrong."""


def queries() -> Iterator[str]:
    dashboard = json.loads((ROOT / "deploy/grafana/sertantai.json").read_text())
    yield from (target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    yield from EXPRESSION.findall((ROOT / "deploy/prometheus/alerts.yml").read_text())


async def test_every_metric_of_dashboard_and_rules_is_exposed_with_the_labels_asked_for(
    shared_server: ServerProcess,
) -> None:
    async with await shared_server.register() as person:
        record = (await person.records(limit=1))[0]["id"]
        await person.select(record)
        await person.http.get("/groups/default")
        async with shared_server.client() as prometheus:
            answer = await prometheus.get("/metrics")
    labels_of: dict[str, set[str]] = {}
    named = set()
    for family in text_string_to_metric_families(answer.text):
        named |= {f"{family.name}{suffix}" for suffix in ("", "_total", "_bucket", "_count", "_sum")}
        for sample in family.samples:
            labels_of.setdefault(sample.name, set()).update(sample.labels)
    wrong = []
    for query in queries():
        grouped = {label for found in GROUPED.findall(query) for label in found.split(", ")}
        for name, matchers in QUERY.findall(query):
            if name not in named:
                wrong.append(f"{name} is not exposed: {query}")
            elif name in labels_of:
                missing = (grouped | set(LABEL.findall(matchers))) - labels_of[name]
                wrong += [f"{name} has no label {label}: {query}" for label in sorted(missing)]
            elif name not in CANNOT_HAPPEN_HERE:
                wrong.append(f"{name} has no samples: {query}")
    assert not wrong, "\n".join(wrong)


async def test_the_metrics_tell_what_waits_in_each_queue(shared_server: ServerProcess) -> None:
    async with shared_server.client() as prometheus:
        text = (await prometheus.get("/metrics")).text
    for queue in (
        "feed",
        "passwords",
        "session look-ups",
        "mail requests",
        "revocations",
        "security events",
        "alerts",
        "exports",
    ):
        assert f'sertantai_queue_waiting{{queue="{queue}"}}' in text


async def test_what_somebody_makes_up_is_counted_as_one(shared_server: ServerProcess) -> None:
    """Else ever other paths, by ever other methods, would fill the memory with counters."""
    made_up = [f"MADEUP{at}" for at in range(3)]
    async with shared_server.client() as stranger:
        for at, method in enumerate(made_up):
            await stranger.request(method, f"/made/up/{at}")
        families = text_string_to_metric_families((await stranger.get("/metrics")).text)
    labels = {value for family in families for sample in family.samples for value in sample.labels.values()}
    assert not [one for one in labels if one in made_up or one.startswith("/made/up")]

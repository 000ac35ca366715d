"""What deploy/ says fits the program."""

import json
import re

from sertantai.process.metrics import REGISTRY
from sertantai.process.queues import QUEUES
from sertantai.process.settings import PREFIX, Settings
from tests.house.repository import ROOT

DEPLOY = ROOT / "deploy"
METRIC = re.compile(r"\bsertantai_[a-z_]+\b")
EXPRESSION = re.compile(r"^\s+expr: (.+)$", re.M)
SETTING = re.compile(rf"\b{PREFIX}([A-Z_]+)=")
SUFFIXES = ("", "_total", "_bucket", "_count", "_sum")


def exposed() -> set[str]:
    metrics = [*REGISTRY.collect(), *QUEUES.collect()]
    return {f"{metric.name}{suffix}" for metric in metrics for suffix in SUFFIXES}


def test_dashboard_and_alert_rules_ask_for_metrics_that_exist() -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "sertantai.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += EXPRESSION.findall((DEPLOY / "prometheus" / "alerts.yml").read_text())
    asked = {name for query in queries for name in METRIC.findall(query)}
    assert asked, "nothing is asked for"
    assert asked <= exposed()


def test_settings_named_in_deploy_exist() -> None:
    texts = [(DEPLOY / name).read_text() for name in ("sertantai.service", "Dockerfile", "nginx.conf")]
    named = {name.lower() for text in texts for name in SETTING.findall(text)}
    assert named <= set(Settings.__struct_fields__)


def dockerfile() -> str:
    return re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text())


def test_the_image_runs_as_a_user_and_a_group_that_it_makes() -> None:
    text = dockerfile()
    users = re.findall(r"^USER (\d+):(\d+)$", text, re.M)
    assert users, "numbers, so that Kubernetes can see that it is not root"
    uid, gid = users[-1]
    assert "0" not in (uid, gid)
    assert f"--uid {uid}" in text
    assert text.count(f"--gid {gid}") == 2


def test_the_image_is_made_of_what_there_is_and_of_nothing_else() -> None:
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile(), re.M)
        for name in line.split()[:-1]
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied)


def test_the_image_keeps_to_what_linters_of_dockerfiles_ask_for() -> None:
    text = dockerfile()
    images = re.findall(r"^FROM (\S+)", text, re.M)
    assert all(":" in image and not image.endswith(":latest") for image in images)
    for run in re.findall(r"^RUN (.+)$", text, re.M):
        if "apt-get install" in run:
            assert "--no-install-recommends" in run
            assert "rm -rf /var/lib/apt/lists" in run
        if "pip install" in run:
            assert "--no-cache-dir" in run
    assert not re.search(r"^(ADD|MAINTAINER)\b|\bsudo\b|curl .*\| *sh", text, re.M)
    assert re.search(r"^ENTRYPOINT \[", text, re.M), "a list, so that SIGTERM reaches the server"

"""What deploy/ says fits the program."""

import json
import re

from sertantai.settings import PREFIX, Settings
from sertantai.telemetry import REGISTRY
from tests.house.repository import ROOT

DEPLOY = ROOT / "deploy"
METRIC = re.compile(r"\bsertantai_[a-z_]+\b")
EXPRESSION = re.compile(r"^\s+expr: (.+)$", re.M)
SETTING = re.compile(rf"\b{PREFIX}([A-Z_]+)=")
SUFFIXES = ("", "_total", "_bucket", "_count", "_sum")


def exposed() -> set[str]:
    return {f"{metric.name}{suffix}" for metric in REGISTRY.collect() for suffix in SUFFIXES}


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


def test_the_image_runs_as_nobody_in_particular() -> None:
    users = re.findall(r"^USER (\S+)", (DEPLOY / "Dockerfile").read_text(), re.M)
    assert users
    assert not users[-1].startswith(("0", "root"))

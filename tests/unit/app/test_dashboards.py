"""The dashboard and the alert rules name only what a server exports, and the runbook has a word on each alert."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dastak.app.build import build
from dastak.app.metrics.table import TABLE
from dastak.app.settings import read_settings
from unit.app.promql import labels_in, matchers_in, metrics_in
from unit.docs.pages import DOCS, ROOT, text_of

DASHBOARD = json.loads((ROOT / "ops" / "grafana" / "dastak.json").read_text("utf-8"))
ALERTS = [
    rule
    for group in yaml.safe_load((ROOT / "ops" / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
OF_PROMETHEUS = {"up"}
LABELS_OF_PROMETHEUS = {"job", "instance", "le"}
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
SERIES = {metric.name + suffix: metric for metric in TABLE for suffix in SUFFIXES[metric.kind]}


def expressions() -> Iterator[tuple[str, str]]:
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The name of every series of a server that was just built."""
    settings = read_settings({"DASTAK_DATA_DIR": str(tmp_path_factory.mktemp("data"))})
    registry = build(settings).metrics.registry
    families = {family.name: family for family in registry.collect()}
    names = set()
    for family in families.values():
        names |= {
            "counter": {f"{family.name}_total"},
            "histogram": {f"{family.name}_bucket", f"{family.name}_sum", f"{family.name}_count"},
        }.get(family.type, {family.name})
    return names


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_expression_names_only_what_is_exported(where: str, expression: str, exported: set[str]) -> None:
    named = metrics_in(expression)
    assert named, where
    assert named - OF_PROMETHEUS <= exported


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_label_is_one_that_the_metric_has_and_every_value_one_that_it_can_have(
    where: str, expression: str
) -> None:
    named = [SERIES[name] for name in metrics_in(expression) if name in SERIES]
    known = {label.name for metric in named for label in metric.labels} | LABELS_OF_PROMETHEUS
    assert labels_in(expression) <= known, where
    for matcher in matchers_in(expression):
        labels = (
            {label.name: label.values for label in SERIES[matcher.metric].labels} if matcher.metric in SERIES else {}
        )
        if labels.get(matcher.label) and matcher.operator in {"=", "!="}:
            assert matcher.value in labels[matcher.label], where


def test_every_metric_of_the_table_is_on_the_dashboard() -> None:
    shown = {name for panel in PANELS for target in panel["targets"] for name in metrics_in(target["expr"])}
    assert {metric.name for metric in TABLE} <= {SERIES[name].name for name in shown if name in SERIES}


def test_the_dashboard_is_one_that_grafana_can_load() -> None:
    assert DASHBOARD["title"] == "Dastak"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    text = json.dumps(DASHBOARD)
    used = set(re.findall(r"\$\{?(\w+)", text)) - {"__rate_interval", "__all"}
    assert used == variables
    for panel in PANELS:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_every_alert_says_what_is_wrong_and_where_to_read_on() -> None:
    names = [rule["alert"] for rule in ALERTS]
    assert len(set(names)) == len(names)
    for rule in ALERTS:
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"


def test_the_runbook_has_one_section_for_each_alert_and_none_for_others() -> None:
    sections = re.findall(r"^### (\w+)$", text_of("runbook.md"), re.MULTILINE)
    assert sorted(sections) == sorted(rule["alert"] for rule in ALERTS)


def test_the_prose_names_only_metrics_that_there_are(exported: set[str]) -> None:
    for page in DOCS.rglob("*.md"):
        for name in re.findall(r"`(dastak_[a-z_]+)`", page.read_text("utf-8")):
            assert name in exported | {metric.name for metric in TABLE} | {"dastak_sdk"}, (page.name, name)


def everything(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from everything(inner)


def test_nothing_in_the_files_points_outside() -> None:
    for text in everything([DASHBOARD, *ALERTS]):
        assert "://" not in text


def test_the_files_are_where_the_pages_say() -> None:
    for path in ("ops/grafana/dastak.json", "ops/prometheus/alerts.yml"):
        assert Path(ROOT / path).is_file()
        assert path in text_of("metrics.md")

"""Alerts speak of figures that there are, and the operator's guides tell what to do about each."""

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from shared.operating import metrics
from shared.operating.figures import FIGURES
from tests.county import County

ROOT = Path(__file__).parents[2]
RULES = yaml.safe_load((ROOT / "deploy/alerts/sanji.yml").read_text())["groups"][0]["rules"]
GUIDES = ("docs/operating.md", "docs/operating.zh-CN.md")
OF_PROMETHEUS = {"up"}
SECRETS = "deploy/docker/secrets/"  # the operator's own
NOT_ON_A_QUIET_DAY = {
    # Shown only where something was noted, has failed or was countersigned.
    *("sanji_pulse_age_seconds", "sanji_job_failures_total", "sanji_heads_compared_age_seconds"),
    *("sanji_audit_anchor_age_seconds",),
}


@pytest.fixture(scope="module")
def names(county: County) -> set[str]:
    """Every name of a sample that a tier's server shows."""
    client = county.app("branch").test_client()
    client.get("/login")
    text = client.get("/metrics").get_data(as_text=True)
    families = list(text_string_to_metric_families(text))
    assert len(FIGURES) == 11
    return {sample.name for family in families for sample in family.samples} | {one.name for one in families}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_speaks_of_figures_that_there_are(rule: dict, names: set[str]) -> None:
    spoken = set(re.findall(r"\b(?:sanji|process)_[a-z_]+\b", rule["expr"]))
    spoken |= {"up"} if rule["expr"].startswith("up{") else set()
    assert spoken
    assert spoken <= names | OF_PROMETHEUS | NOT_ON_A_QUIET_DAY
    source = (ROOT / "shared/operating/pulses.py").read_text() + (
        ROOT / "shared/operating/figures.py"
    ).read_text()
    for name in spoken & NOT_ON_A_QUIET_DAY:
        assert name.removesuffix("_total") in source


@pytest.mark.parametrize("guide", GUIDES)
def test_each_alert_has_its_heading_and_no_heading_is_left_over(guide: str) -> None:
    headings = re.findall(r"^### (Sanji\w+)$", (ROOT / guide).read_text(), re.MULTILINE)
    assert headings == [rule["alert"] for rule in RULES]


def test_each_alert_says_how_bad_it_is_and_where_the_guide_speaks_of_it() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["guide"] == f"docs/operating.md#{rule['alert'].lower()}"
        assert rule["annotations"]["summary"]


def test_every_command_and_setting_the_guides_name_exists() -> None:
    from deploy.cli import COMMANDS

    known = "".join(path.read_text() for path in (ROOT / "shared").rglob("*.py"))
    known += "".join(path.read_text() for path in (ROOT / "deploy").rglob("*.py"))
    for guide in GUIDES:
        text = (ROOT / guide).read_text()
        assert set(re.findall(r"`sanji ([a-z]+)", text)) <= set(COMMANDS)
        for name in set(re.findall(r"\bSANJI_[A-Z_]+[A-Z]\b", text)):
            bare = re.sub(r"^SANJI_(COUNTY|TOWNSHIP|BRANCH|TIER)_", "", name).removesuffix("_FILE")
            assert bare in known, name
        for path in set(re.findall(r"`((?:deploy|docs|shared|services)/[\w./-]+)`", text)):
            assert (ROOT / path).exists() or path.startswith(SECRETS), path


def test_what_is_scraped_is_labelled_as_the_alerts_expect() -> None:
    scraped = yaml.safe_load((ROOT / "deploy/alerts/prometheus.yml").read_text())["scrape_configs"][0]
    assert scraped["job_name"] == "sanji"
    assert {one["labels"]["tier"] for one in scraped["static_configs"]} == {"county", "township", "branch"}
    assert metrics.KEEP < 30

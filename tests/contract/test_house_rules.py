"""Rules of the repository itself: what may be in it, and that what it promises is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from services.chassis import discovery

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
SERVICES = discovery.names()
BINARY = {".png", ".ico", ".woff", ".woff2", ".mo", ".pdf", ".jpg"}


def tracked() -> list[Path]:
    """Every file that is in the repository, or would be with the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def requirements(lock: Path) -> list[str]:
    """Each requirement of a lock file with its continuation lines joined."""
    joined = lock.read_text().replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_library_is_pinned_and_has_hashes(lock: Path) -> None:
    lines = requirements(lock)
    assert lines
    for line in lines:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ]+ ", line), f"not pinned: {line[:60]}"
        assert "--hash=sha256:" in line, f"no hash: {line[:60]}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_names_no_place_to_fetch_from(lock: Path) -> None:
    for number, line in enumerate(lock.read_text().splitlines(), 1):
        assert "://" not in line, f"{lock.name}:{number}"
        assert not line.lstrip().startswith(
            ("-i", "-f", "--index", "--extra-index", "--find-links", "--trusted")
        ), f"{lock.name}:{number}"


def test_all_that_pyproject_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = {
        lock.name: {re.split(r"[=\[ ]", line)[0].lower() for line in requirements(lock)} for lock in LOCKS
    }

    def names(entries: list[str]) -> set[str]:
        return {re.split(r"[\[<>=!~ ;]", entry)[0].lower().replace("_", "-") for entry in entries}

    assert names(project["project"]["dependencies"]) <= locked["requirements.lock"]
    assert names(project["dependency-groups"]["dev"]) <= locked["requirements-dev.lock"]


def test_what_runs_is_what_was_tested() -> None:
    pins = []
    for name in ("requirements.lock", "requirements-dev.lock"):
        found = (
            re.match(r"([^=\[]+)(?:\[[^\]]*\])?==(\S+)(.*?)--hash", line)
            for line in requirements(ROOT / name)
        )
        pins.append({(match[1], match[3].strip()): match[2] for match in found if match})
    runs, tested = pins
    assert runs.items() <= tested.items()


def test_no_package_registry_is_named_anywhere() -> None:
    # In halves, or this file would break its own rule.
    hosts = [
        f"{first}{second}"
        for first, second in (("pypi.", "org"), ("pythonhosted.", "org"), ("npmjs.", "org"))
    ]
    hosts += [f"{first}{second}" for first, second in (("registry.npmjs", ".com"), ("npmjs", ".com"))]
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace").lower()
        for host in hosts:
            assert host not in text, f"{path.relative_to(ROOT)} names {host}"


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    paths = re.compile(r"(?<![\w.~}])/(?:work|tmp/plan|home/[a-z]+|root)/")
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        found = paths.search(text)
        assert found is None, f"{path.relative_to(ROOT)} names {found[0]}"


def test_no_secret_and_no_database_is_in_the_repository() -> None:
    for path in tracked():
        assert path.suffix not in {".sqlite", ".db", ".pem", ".key"}, path
        assert path.name != ".env", path
        assert path.stat().st_size < 2_000_000, f"{path} is too large to be source"


def test_make_help_lists_every_target() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = set(re.findall(r"^([a-z-]+) ", shown.stdout, re.MULTILINE))
    declared = set(re.findall(r"^\.PHONY: (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"help", "run", "demo", "test", "lint", "lock", "image"} <= told
    assert told == declared, "a target without a line of help, or without .PHONY"


def test_ci_runs_lint_and_tests_and_asks_nothing() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert "make lint" in text
    assert "make test" in text
    assert "exec </dev/null" in text
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_shell_scripts_can_be_run_and_parsed() -> None:
    scripts = [path for path in tracked() if path.suffix == ".sh"]
    assert scripts
    for path in scripts:
        assert os.access(path, os.X_OK), path
        subprocess.run(["bash", "-n", str(path)], check=True)


def test_every_package_says_what_it_is_for() -> None:
    for name in ("chassis", "gateway", *SERVICES):
        text = (ROOT / "services" / name / "__init__.py").read_text()
        assert text.startswith('"""'), f"services/{name} has no word about itself"


# -- compose --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_the_compose_file_follows_the_compose_specification() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_of_the_house_is_in_compose_and_waits_for_what_it_needs(compose: dict) -> None:
    for name in (*SERVICES, "gateway"):
        service = compose["services"][name]
        needs = service["depends_on"]
        assert needs["rabbitmq"]["condition"] == "service_healthy"
        assert needs["topology"]["condition"] == "service_completed_successfully"
        assert service["healthcheck"]["test"] == ["CMD", "healthy", "readyz"]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        if name == "gateway":
            assert service["command"] == ["gateway"]
        else:
            assert service["command"] == ["run", name]
            assert needs["migrate"]["condition"] == "service_completed_successfully"
            assert f"{name.upper()}_DATABASE_URL" in service["environment"]


def test_each_service_scales_by_itself(compose: dict) -> None:
    for name in SERVICES:
        service = compose["services"][name]
        assert "container_name" not in service
        assert "ports" not in service
        assert "hostname" not in service


def test_a_service_knows_no_database_but_its_own(compose: dict) -> None:
    for name in (*SERVICES, "gateway"):
        known = {key for key in compose["services"][name]["environment"] if key.endswith("_DATABASE_URL")}
        assert known <= {f"{name.upper()}_DATABASE_URL"}
    holders = {
        name for name, service in compose["services"].items() if "CPR_KEY" in service.get("environment", {})
    }
    assert holders == {"registry"}


def test_no_door_is_open_to_other_machines(compose: dict) -> None:
    for name, service in compose["services"].items():
        for port in service.get("ports", []):
            assert str(port).startswith("127.0.0.1:"), f"{name} opens {port}"


def test_images_are_pinned_and_secrets_have_no_default(compose: dict) -> None:
    for name in ("rabbitmq", "postgresql"):
        assert re.search(r":\d+\.\d+(\.\d+)?[\w.-]*$", compose["services"][name]["image"]), name
    text = (ROOT / "docker-compose.yml").read_text()
    secret = r"\$\{([A-Z_]*(?:PASSWORD|KEY|SECRET))(.*?)\}"
    used = re.findall(secret, text)
    assert used
    for variable, rest in used:
        assert rest.startswith(":?"), f"{variable} has a default or may be empty"


def test_the_script_writes_every_secret_that_compose_asks_for(tmp_path: Path) -> None:
    script = tmp_path / "deploy" / "compose" / "secrets.sh"
    script.parent.mkdir(parents=True)
    script.write_bytes((ROOT / "deploy" / "compose" / "secrets.sh").read_bytes())
    for _ in range(2):
        subprocess.run(["bash", str(script)], check=True, capture_output=True)
    env = tmp_path / ".env"
    assert env.stat().st_mode & 0o077 == 0
    pairs = [line.split("=", 1) for line in env.read_text().splitlines()]
    written = dict(pairs)
    assert len(written) == len(pairs), "a second run wrote a secret again"
    asked = set(re.findall(r"\$\{([A-Z_]*(?:PASSWORD|KEY)):\?", (ROOT / "docker-compose.yml").read_text()))
    assert set(written) == asked
    assert len(set(written.values())) == len(written)


def test_the_image_runs_as_nobody_special_from_locked_libraries() -> None:
    lines = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.lock" in lines
    assert re.search(r"^USER 10001", lines, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", lines, re.MULTILINE)
    assert lines.rindex("USER ") < lines.rindex("ENTRYPOINT ")

"""The command line as operations and developers meet it: exit codes, files, and nothing personal."""

from __future__ import annotations

import csv
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.chassis.actor import EVERYWHERE, verify_token
from services.chassis.cli import main
from services.chassis.database import Database
from services.registry import settings
from services.registry.importing.lock import only_import
from tests.integration.registry.town import Town, child

KEY = "a key of the tests and of nobody else"


@pytest.fixture
def environment(registry_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "REGISTRY_DATABASE_URL": registry_url,
        "CPR_KEY": KEY,
        "ACTOR_TOKEN_KEY": KEY,
    }.items():
        monkeypatch.setenv(name, value)
    settings.vault.cache_clear()


def trivsel(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


pytestmark = pytest.mark.usefixtures("environment", "registry")
only_sqlite = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)


def test_synth_and_import_bring_a_town_in_and_again_nothing(tmp_path: Path) -> None:
    assert trivsel("synth", tmp_path, "--children", 40, "--seed", 3).exit_code == 0
    first = trivsel("import", tmp_path)
    assert first.exit_code == 0, first.output
    assert "40" in first.output
    again = trivsel("import", tmp_path)
    assert again.exit_code == 0
    assert "0 hændelser" in again.output
    assert not (tmp_path / "rejects.csv").exists()


@only_sqlite
def test_bad_rows_are_told_in_a_file_that_holds_nothing_of_theirs(town: Town) -> None:
    town.children.append(child("B9", "i overmorgen", last_name="Hemmelig", email="hemmelig"))
    done = trivsel("import", town.write())
    assert done.exit_code == 1
    path = town.folder / "rejects.csv"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert [(row["fil"], row["linje"], row["felt"], row["fejlkode"]) for row in rows] == [
        ("children.csv", "5", "born", "bad_date"),
        ("children.csv", "5", "email", "bad_email"),
    ]
    assert all(row["saadan_rettes_det"].endswith(".") for row in rows)
    for told in (done.output, path.read_text(encoding="utf-8")):
        for secret in ("Hemmelig", "hemmelig", "Vinther", "Liv", "0181", "Digevej"):
            assert secret not in told
    town.children.pop()
    assert trivsel("import", town.write()).exit_code == 0
    assert not path.exists()


@only_sqlite
def test_a_refused_set_is_told_by_file_column_and_mend(town: Town) -> None:
    path = town.write() / "custody.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("lives_with", "bor_hos"), encoding="utf-8")
    done = trivsel("import", town.folder)
    assert done.exit_code == 3
    assert "custody.csv, kolonne bor_hos" in done.output
    assert "column_unknown" in done.output
    assert trivsel("import", town.folder / "nowhere").exit_code == 3


@only_sqlite
def test_a_missing_setting_is_named(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CPR_KEY")
    settings.vault.cache_clear()
    done = trivsel("import", town.write())
    assert done.exit_code == 2
    assert "CPR_KEY" in done.output


@only_sqlite
def test_a_database_that_has_no_tables_is_told_without_a_row(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGISTRY_DATABASE_URL", f"sqlite:///{tmp_path}/empty.sqlite")
    done = trivsel("import", town.write())
    assert done.exit_code == 4
    assert "Vinther" not in done.output
    assert "migrate" in done.output


def test_two_imports_at_a_time_are_one_too_many(town: Town, registry: Database) -> None:
    with only_import(registry):
        done = trivsel("import", town.write())
    assert done.exit_code == 4
    assert "en anden import" in done.output
    assert trivsel("import", town.folder).exit_code == 0


def test_an_error_of_the_database_quotes_nobody(registry: Database) -> None:
    with pytest.raises(DBAPIError) as caught, registry.unit_of_work() as uow:
        uow.session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": "Hemmelig"})
    assert "Hemmelig" not in str(caught.value)


def test_a_token_holds_what_the_member_of_staff_may_do_today(town: Town, registry: Database) -> None:
    assert trivsel("import", town.write()).exit_code == 0
    done = CliRunner().invoke(main, ["token", "--staff", "M5", "--purpose", "afprøvning", "--local"])
    assert done.exit_code == 0, done.output
    assert "LOCAL USE ONLY" in done.stderr
    actor = verify_token(done.stdout.strip(), KEY)
    assert actor.holds({"administration"})
    assert actor.units({"administration"}) == {EVERYWHERE}
    assert actor.purpose == "afprøvning"


@only_sqlite
def test_a_token_is_refused_unless_told_to_be_local(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    trivsel("import", town.write())
    refused = trivsel("token", "--staff", "M5", "--purpose", "afprøvning")
    assert refused.exit_code == 2
    assert "local" in refused.output
    assert trivsel("token", "--staff", "M404", "--purpose", "afprøvning", "--local").exit_code == 2
    monkeypatch.setenv("TRIVSEL_LOCAL_TOKENS", "1")
    assert trivsel("token", "--staff", "M5", "--purpose", "afprøvning").exit_code == 0

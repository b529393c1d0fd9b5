"""The command imports a file, says what it did, and tells by its exit code whether to look."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from igny8.cli import keywords as command
from igny8.extensions import read_transaction
from igny8.models import Keyword, KeywordImport

CASES = Path(__file__).parents[1] / "importers" / "cases"


@pytest.fixture
def run(app, monkeypatch):
    """Return a function that runs the command on this app's data."""
    monkeypatch.setattr(command, "open_database", lambda create=False: app)

    def invoke(*arguments: object):
        texts = [str(argument) for argument in arguments]
        return CliRunner().invoke(command.import_keywords, texts, catch_exceptions=False)

    return invoke


@pytest.fixture
def stored():
    """Return a function that gives {phrase: row}."""

    def find() -> dict:
        with read_transaction() as tx:
            return {row.phrase: row for row in tx.execute(select(Keyword.__table__))}

    return find


def test_clean_import_exits_with_zero_and_reports_its_columns(run, stored):
    done = run("Shop", CASES / "semrush_notices.csv")
    assert done.exit_code == 0
    assert "read as Semrush Keyword Magic" in done.output
    assert "set aside, line 3: You can export only" in done.output
    assert list(stored()) == ["shed ideas"]


def test_unused_number_column_exits_with_three_and_can_be_mapped(run, stored, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("Keyword,Popularity\nred shoes,100\nblue shoes,50\n")
    done = run("Shop", file)
    assert done.exit_code == command.EXIT_WARNINGS
    assert '--map "Popularity=volume"' in done.output
    assert stored()["red shoes"].volume is None
    assert run("Shop", file, "--map", "Popularity=volume").exit_code == 0
    assert stored()["red shoes"].volume == 100


def test_mapping_is_remembered_for_the_same_headers(run, stored, tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("Keyword,Volume,Popularity\nred shoes,1,100\n")
    second.write_text("Keyword,Volume,Popularity\nblue shoes,2,50\n")
    assert run("Shop", first, "--map", "Popularity=volume").exit_code == 3  # Volume is free now
    assert run("Shop", second).exit_code == 3
    assert (stored()["red shoes"].volume, stored()["blue shoes"].volume) == (100, 50)


def test_unknown_table_needs_a_column_mapping(run, stored, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("alpha,beta\nred shoes,100\nblue shoes,50\n")
    done = run("Shop", file)
    assert done.exit_code == command.EXIT_CHOICE
    assert "--map COLUMN=text" in done.output and not stored()
    assert run("Shop", file, "--map", "alpha=text", "--map", "beta=volume").exit_code == 0
    assert stored()["red shoes"].volume == 100


def test_ambiguous_encoding_offers_samples(run, stored, tmp_path):
    file = tmp_path / "own.csv"
    file.write_bytes("Keyword,Volume\nнож\n".encode("cp1251") + "ваза,5\n".encode("cp1251"))
    done = run("Shop", file)
    if done.exit_code == command.EXIT_CHOICE:
        assert "--encoding" in done.output and not stored()
    assert run("Shop", file, "--encoding", "cp1251").exit_code == 0
    assert set(stored()) == {"нож", "ваза"}


def test_unknown_encoding_is_refused_by_name(run, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("Keyword\nred shoes\n")
    with pytest.raises(Exception, match="encoding 'nonsense' is not known"):
        run("Shop", file, "--encoding", "nonsense")


def test_one_sheet_can_be_chosen(run, stored):
    assert run("Shop", CASES / "x_three_sheets.xlsx", "--sheet", "DE").exit_code == 0
    assert set(stored()) == {"DE shoes", "DE bags"}


def test_json_report_has_every_count(run):
    done = run("Shop", CASES / "x_percent.xlsx", "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == command.EXIT_WARNINGS
    assert (report["total"], report["new"], report["rejected"]) == (4, 4, 0)
    assert len(report["warnings"]) == 2


def test_file_without_keywords_is_not_imported(run, stored, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("Keyword,Volume\nhttps://a.example/b,1\nsite:x y,2\n")
    with pytest.raises(Exception, match="no keyword to import"):
        run("Shop", file)
    with read_transaction() as tx:
        assert tx.execute(select(KeywordImport.state)).scalars().all() in ([], ["preview"])

"""Each file that failed once gives the same right values by page, command line and export."""

import csv
import io
import re

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from igny8.cli import keywords as command
from igny8.engine import keyword_import
from igny8.extensions import read_transaction, write_transaction
from igny8.keyword_fields import LABELS, STORED
from igny8.models import Keyword, KeywordVariant, Site
from tests.importers.case_values import CASES, VALUES, VARIANTS

SITES = ("page", "line")
FIELDS = (*STORED, "flags")
WARNED = {"x_percent.xlsx"}  # a date stands where numbers do
LANGUAGES = {"q_mini_ja.csv": "ja"}


@pytest.fixture
def by_page(client):
    """Return a function that imports a file as a visitor does: upload, preview, confirm."""

    def send(name: str) -> None:
        data = {"file": (io.BytesIO((CASES / name).read_bytes()), name)}
        sent = client.post("/sites/page/import", data=data, content_type="multipart/form-data")
        address = sent.headers["Location"]
        preview = client.get(address).text
        assert re.search(r"Import [1-9]\d* keywords?", preview)
        assert ("count as unknown" in preview) == (name in WARNED)
        client.post(f"{address}/confirm")
        assert keyword_import.import_next()
        assert "imported</h2>" in client.get(address).text

    return send


@pytest.fixture
def by_command(app, monkeypatch):
    """Return a function that imports a file on the command line."""
    monkeypatch.setattr(command, "open_database", lambda create=False: app)

    def send(name: str) -> None:
        done = CliRunner().invoke(
            command.import_keywords, ["line", str(CASES / name)], catch_exceptions=False
        )
        assert done.exit_code == (command.EXIT_WARNINGS if name in WARNED else 0), done.output

    return send


def stored(slug: str) -> dict[str, dict]:
    """Return {keyword: the values that are known of it} of a site."""
    with read_transaction() as tx:
        rows = tx.execute(
            select(Keyword.__table__)
            .where(Keyword.site_id == Site.find(slug, tx).id)
            .order_by(Keyword.id)
        ).mappings()
        return {
            row["phrase"]: {name: row[name] for name in FIELDS if row[name] is not None}
            for row in rows
        }


def spellings(slug: str) -> dict[str, list[tuple[str, int]]]:
    """Return {keyword: (other spelling, volume) of it} of a site."""
    found: dict[str, list] = {}
    with read_transaction() as tx:
        rows = tx.execute(
            select(Keyword.phrase, KeywordVariant.phrase, KeywordVariant.volume)
            .join(KeywordVariant, KeywordVariant.keyword_id == Keyword.id)
            .where(Keyword.site_id == Site.find(slug, tx).id)
            .order_by(KeywordVariant.volume.desc())
        )
        for phrase, variant, volume in rows:
            found.setdefault(phrase, []).append((variant, volume))
    return found


def exported(client, slug: str) -> dict[str, dict]:
    """Return {keyword: cells that are filled, by field} of the CSV export."""
    text = client.get(f"/sites/{slug}/keywords/export.csv").data.decode("utf-8-sig")
    names = {label: name for name, label in LABELS.items()}
    rows = {}
    for row in csv.DictReader(io.StringIO(text)):
        cells = {names[label]: cell for label, cell in row.items() if label in names and cell}
        rows[cells.pop("text").removeprefix("'")] = cells
    return rows


def as_exported(values: dict, variants: list[tuple[str, int]]) -> dict:
    """Return the cells that the export of a keyword has."""
    cells = {name: value for name, value in values.items() if name in LABELS}
    low, high = cells.pop("volume_low", None), cells.pop("volume_high", None)
    if low is not None:
        cells["volume"] = f"{low}–{high}"
    if variants:
        cells["variants"] = " | ".join(f"{text} ({volume})" for text, volume in variants)
    return cells


def same(cells: dict, expected: dict) -> bool:
    """Return whether the cells of an export are these values."""
    return set(cells) == set(expected) and all(
        cells[name] == value if isinstance(value, str) else float(cells[name]) == value
        for name, value in expected.items()
    )


def test_values_of_every_case_file_are_listed():
    assert sorted(name for names in VALUES for name in names) == sorted(
        path.name for path in CASES.iterdir()
    )


@pytest.mark.parametrize("names", VALUES, ids=lambda names: "+".join(names))
def test_case_file_has_the_same_values_by_page_command_and_export(
    client, by_page, by_command, names
):
    expected, variants = VALUES[names], VARIANTS.get(names[0], {})
    with write_transaction() as tx:
        for slug in SITES:
            Site.create(tx, slug, slug, language=LANGUAGES.get(names[0], "en"))
    for name in names:
        by_page(name)
        by_command(name)
    for slug in SITES:
        assert stored(slug) == expected
        assert spellings(slug) == variants
        cells = exported(client, slug)
        assert list(cells) == list(stored(slug))
        for phrase, values in expected.items():
            wanted = as_exported(values, variants.get(phrase, []))
            assert same(cells[phrase], wanted), (phrase, cells[phrase], wanted)

"""CSV files hold no formula, whatever a spreadsheet takes for the separator, and read back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igny8.importers.normalise import clean_text
from igny8.publishing import tables

CELLS = ["a;=1+1;b", "a\t=1+1", "a,=1+1", 'a;"=1+1"', "a; =1+1", "a\n=1+1", "a;＝1", "=1", "-2;@b"]
TEXTS = st.text(alphabet=";,\t\n\"'=+-@＝ a1", max_size=12)


def written(rows: list[list]) -> str:
    target = io.BytesIO()
    tables.to_csv(["A", "B", "C"], rows, target)
    return target.getvalue().decode("utf-8-sig")


def formulas(text: str, separator: str) -> list[str]:
    """Return the cells that a spreadsheet would compute when it divides a file at a separator."""
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=separator) for cell in row]
    return [cell for cell in cells if cell.lstrip().startswith(tables.FORMULA_PREFIXES)]


@pytest.mark.parametrize("separator", [";", "\t", ","])
@pytest.mark.parametrize("cell", CELLS)
def test_no_cell_is_a_formula_with_any_separator(cell, separator):
    for row in (["x", cell, "y"], [cell, "x", cell], ["x;", cell, ";"]):
        assert formulas(written([row]), separator) == []


@given(st.lists(TEXTS, min_size=3, max_size=3), st.sampled_from([";", "\t", ","]))
def test_no_combination_of_cells_is_a_formula(row, separator):
    assert formulas(written([row]), separator) == []


def test_every_cell_is_quoted():
    assert written([["a", 1, None]]) == '"A","B","C"\r\n"a","1",""\r\n'


@given(TEXTS)
def test_texts_survive_encryption(raw):
    text = clean_text(raw)
    assert clean_text(str(tables.safe_cell(text))) == text

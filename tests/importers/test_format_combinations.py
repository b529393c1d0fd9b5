"""Tool × encoding × divider × quoting × locale of numbers: the same rows are read back."""

import csv
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as some

from igny8.importers import read
from tests.importers.table_forms import (
    ENCODINGS,
    LANGUAGES,
    LOCALES,
    TOOLS,
    WHOLE,
    table_bytes,
    tools_of,
)

NUMBERS = {
    "difficulty": some.integers(200, 10_000).map(lambda hundredths: hundredths / 100),
    "cpc": some.integers(1, 999_999).map(lambda cents: cents / 100),
    "position": some.integers(100, 9_999).map(lambda hundredths: hundredths / 100),
} | dict.fromkeys(WHOLE, some.integers(0, 5_000_000))
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]  # a random table needs no shrinking


@some.composite
def tables(draw, encoding: str) -> tuple[str, list[dict]]:
    """Return a tool and the rows of a table, in a language that the encoding is made for.

    All words of the language occur, so that there is enough text to tell the encoding.
    """
    tool = draw(some.sampled_from(tools_of(encoding)))
    words = draw(some.permutations(LANGUAGES[draw(some.sampled_from(ENCODINGS[encoding]))].split()))
    phrase = some.lists(some.sampled_from(words), min_size=3, max_size=4, unique=True)
    more = draw(some.lists(phrase.map(" ".join), max_size=8, unique=True))
    texts = [" ".join(pair) for pair in pairwise([*words, words[0]])]
    fields = [field for _, field in TOOLS[tool] if field not in ("", "text")]
    numbers = some.fixed_dictionaries({field: NUMBERS[field] for field in fields})
    return tool, [{"text": text} | draw(numbers) for text in [*texts, *more]]


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=50, deadline=None, phases=PHASES)
@given(
    some.data(),
    some.sampled_from([",", ";", "\t", "|"]),
    some.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    some.sampled_from(sorted(LOCALES)),
)
def test_table_in_any_form_reads_back_the_same_rows(encoding, data, divider, quoting, locale):
    tool, rows = data.draw(tables(encoding))
    parsed = read(table_bytes(tool, rows, encoding, divider, quoting, locale), "export.csv")
    found = [{field: getattr(row, field) for field in rows[0]} for row in parsed]
    assert found == rows
    assert parsed.report.dialect == tool
    assert not parsed.report.warnings and not parsed.report.unused

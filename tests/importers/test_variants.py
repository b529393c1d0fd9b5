"""Spellings of one keyword have one key; what means something else has another."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from igny8.importers.seen_keys import SeenKeys
from igny8.importers.variants import variant_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("replacement awning valance", "awning valance replacement"),
        ("muralière", "muraliere"),
        ("ｙｕ ｋｉｒｏｒｏ", "yu kiroro"),
        ("shoe rack", "shoe racks"),
        ("10 kw battery", "10kw battery"),
        ("solar-panel kit", "solar panel kit"),
        ("e-mail marketing", "email marketing"),
        ("men's shoes", "mens shoes"),
        ("what is crm?", "what is crm"),
        ("dms vs ecm", "ecm vs dms"),
        ("black & decker drill", "black and decker drill"),
        ("babies toys", "baby toy"),
    ],
)
def test_spellings_of_one_keyword_share_a_key(one, other):
    assert variant_key(one) == variant_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("c tutorial", "c++ tutorial"),
        ("c tutorial", "c# tutorial"),
        ("c++ tutorial", "c# tutorial"),
        (".net developer salary", "net developer salary"),
        ("usd to eur", "eur to usd"),
        ("coffee without sugar", "sugar without coffee"),
        ("10 kw battery", "10 kwh battery"),
        ("ボルダリング", "ホルタリンク"),
        ("glass table", "glas table"),
        ("vitamin c serum", "vitamin serum"),
    ],
)
def test_different_meanings_have_different_keys(one, other):
    assert variant_key(one) != variant_key(other)


@given(some.text(min_size=1, max_size=60))
def test_any_text_has_a_key_that_is_stable(text):
    assert variant_key(text) == variant_key(text)


def test_seen_keys_return_the_first_line_of_each_key():
    seen = SeenKeys()
    assert [seen.add(f"key {n}", n + 1) for n in range(20_000)] == [0] * 20_000
    assert [seen.add(f"key {n}", 99_999) for n in range(20_000)] == list(range(1, 20_001))

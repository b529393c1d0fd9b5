"""The rules that `make audit` turns off exist, and so do the tests that guard them."""

import re
from pathlib import Path

import pytest

from tests.security.rules import RULES


@pytest.mark.parametrize("name", RULES)
def test_rule_and_its_guard_exist(name):
    place, attribute, _, guard = RULES[name]
    assert hasattr(place, attribute)
    file, _, words = guard.split()
    text = (Path(__file__).parent / file).read_text()
    assert re.search(rf"^def test_\w*{words}", text, re.MULTILINE)

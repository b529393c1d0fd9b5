"""The built-in provider keeps the contract, for free and the same in every process."""

import hashlib
import os
import subprocess
import sys

from igny8.providers.base import ImagePrompt, Palette, Usage
from igny8.providers.builtin.provider import BuiltIn
from tests.providers.contract import TOPIC, ProviderContract

PROMPT = ImagePrompt(0, "featured", "Prune", "", "", "a.webp", 600, 315)
ELSEWHERE = """
import sys
from tests.providers.test_builtin_contract import fingerprint
print(fingerprint(), "numpy" in sys.modules)
"""


def fingerprint():
    """Return a hash over ideas and a card."""
    card = BuiltIn().draw(PROMPT, Palette()).value.data
    return hashlib.sha256(card + repr(BuiltIn().propose(TOPIC, 3).value).encode()).hexdigest()


class TestBuiltIn(ProviderContract):
    def provider(self):
        return BuiltIn()

    def test_built_in_provider_costs_nothing(self):
        assert (
            BuiltIn().propose(TOPIC, 1).usage == BuiltIn().draw(PROMPT, Palette()).usage == Usage()
        )

    def test_another_process_gives_the_same_answers_without_numpy(self):
        told = subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            env={**os.environ, "PYTHONHASHSEED": "7"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        assert told == [fingerprint(), "False"]

"""The page of prompts: its preview fills every placeholder."""

from igny8.providers.prompts import prompts
from igny8.web.settings.prompts import example_values


def test_every_placeholder_of_every_prompt_has_an_example_and_nothing_else_has():
    placeholders = {word for prompt in prompts().values() for word in prompt.placeholders}
    assert set(example_values("Garden Letter", "en")) == placeholders

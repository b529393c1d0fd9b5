"""The prompts, one file each: the version in the first line, {placeholders} in the text."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

ABOUT = {
    "role": "Who the model is; goes before every question",
    "rules": "Stage 4: rules of truth and style, after the role",
    "names": "Stage 1: names and intents of new clusters",
    "ideas": "Stage 2: the articles that a cluster is worth",
    "outline": "Stage 4: critique of the outline before the article is written",
    "opening": "Stage 4: the first paragraphs, meta title and description",
    "section": "Stage 4: one part of an article",
    "sources": "Stage 4: passages of the site's sources, after the question of a part",
    "critique": "Stage 4: which parts of a finished article are weak",
    "part": "Review: change one part of an article",
    "images": "Stage 5: what the images show",
}
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
MAX_PROMPT_CHARS = 6_000
MAX_VALUE_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Prompt:
    """A built-in prompt: `placeholders` are the names that may be used in braces."""

    name: str
    version: str
    text: str
    about: str
    placeholders: tuple[str, ...]


@cache
def prompts() -> dict[str, Prompt]:
    """Return the built-in prompts by name."""
    return {name: _read(name, about) for name, about in ABOUT.items()}


def _read(name: str, about: str) -> Prompt:
    version, _, text = (
        resources.files(__package__).joinpath(f"{name}.txt").read_text("utf-8").partition("\n")
    )
    return Prompt(
        name, version.strip(), text.strip(), about, tuple(dict.fromkeys(PLACEHOLDER.findall(text)))
    )


def select_prompt(name: str, changed: tuple[tuple[str, str, str], ...]) -> tuple[str, str]:
    """Return (version, text) of a prompt, customised by the site if it was."""
    own = next(((version, text) for other, version, text in changed if other == name), None)
    return own or (prompts()[name].version, prompts()[name].text)


def fill_placeholders(text: str, values: dict[str, str]) -> str:
    """Return the text with its placeholders filled once; values are not searched again."""
    return PLACEHOLDER.sub(
        lambda found: str(values.get(found[1], found[0]))[:MAX_VALUE_CHARS], text
    )


def problem_with(name: str, text: str) -> str | None:
    """Return the problem of a customised prompt and its remedy, None if it is valid."""
    if not text.strip():
        return "Write the prompt, or reset it to the product's own."
    if len(text) > MAX_PROMPT_CHARS:
        return f"Shorten it to {MAX_PROMPT_CHARS:,} characters; it has {len(text):,}."
    known = prompts()[name].placeholders
    unknown = sorted(set(PLACEHOLDER.findall(text)) - set(known))
    if unknown:
        return f"There is no {{{unknown[0]}}} here. Use {', '.join(f'{{{p}}}' for p in known)}."
    missing = [p for p in known if f"{{{p}}}" not in text]
    return (
        f"Put {{{missing[0]}}} somewhere: without it the model does not know it."
        if missing
        else None
    )

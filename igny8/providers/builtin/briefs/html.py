"""Count the words of a finished brief, and update its facts after somebody changed them."""

import re

from bs4 import BeautifulSoup

from igny8.providers.builtin.wording import LANGUAGES, Pack, require_pack

NAMES = {"Title": "title", "Description": "description"}  # of a fact → of its words in a Pack


def count_words(html: str) -> int:
    """Return the number of words that a reader sees."""
    return len(re.sub(r"<[^<>]*>", " ", html).split())


def update_facts(html: str, changes: dict[str, tuple[str, str]]) -> str:
    """Return a brief with the current title, description and address in its table.

    `changes` are {"Title": (before, after)} in every language. A row with another value was changed
    by a person and is kept.
    """
    page = BeautifulSoup(html, "html.parser")
    for head in page.select("table th"):
        name, words = _fact(head.get_text(strip=True), changes)
        before, after = changes.get(name, ("", ""))
        cells = head.find_next_siblings("td")
        if before == after or len(cells) != 2 or cells[0].get_text() != (before or "–"):
            continue
        cells[0].string = after or "–"
        cells[1].string = words.brief["characters"].replace("{n}", str(len(after)))
    return str(page)


def _fact(label: str, changes: dict[str, tuple[str, str]]) -> tuple[str, Pack]:
    """Return (name of the fact with this label in some language, the Pack of that language)."""
    for language in ("en", *LANGUAGES):
        words = require_pack(language)
        for name in changes:
            if words.brief[NAMES[name]] == label:
                return name, words
    return "", require_pack("en")

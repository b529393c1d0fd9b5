"""Words of a finished brief: how many a reader sees, and its facts after somebody changed them."""

import re

from bs4 import BeautifulSoup


def count_words(html: str) -> int:
    """Return the number of words that a reader sees."""
    return len(re.sub(r"<[^<>]*>", " ", html).split())


def update_facts(html: str, changes: dict[str, tuple[str, str]]) -> str:
    """Return a brief whose table of title, description and address says what is true now.

    `changes` are {"Title": (before, after)}. A row that says something else is somebody's own words, and stays.
    """
    page = BeautifulSoup(html, "html.parser")
    for head in page.select("table th"):
        before, after = changes.get(head.get_text(strip=True), ("", ""))
        cells = head.find_next_siblings("td")
        if before == after or len(cells) != 2 or cells[0].get_text() != (before or "–"):
            continue
        cells[0].string, cells[1].string = after or "–", f"{len(after)} characters"
    return str(page)

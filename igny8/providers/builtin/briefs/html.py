"""How many words a reader sees."""

import re


def count_words(html: str) -> int:
    """Return the number of words that a reader sees."""
    return len(re.sub(r"<[^<>]*>", " ", html).split())

"""Find the part of an article that a failed check is about, so that a model can fix it."""

import re
from collections.abc import Sequence

from igny8.article_parts import ArticlePart, part_with

QUOTE = re.compile(r"“([^”]{3,})”")
BELOW = re.compile(r"below “([^”]+)”")
IN_OPENING = "in the opening"
CRITIQUE = "critique"  # what a model found that read its article again
OPENING_KINDS = ("keyword_early",)
# Checks that a change of one part can mend, and whose text quotes its place.
MENDABLE_KINDS = (
    *OPENING_KINDS,
    *("repeated_sentences", "repeated_paragraphs", "repeated_parts", "unfinished_sentences"),
    *("empty_parts", "leaks", "markup", "language", "unsourced_claims", "citations", "past_years"),
    *("keyword_distribution", "paragraph_length", "sentence_length", "sentence_starts"),
    *("passive_voice", "connecting_words", "stock_phrases", CRITIQUE),
)


def part_to_mend(parts: Sequence[ArticlePart], kind: str, text: str) -> ArticlePart | None:
    """Return the part that a failed check (its kind and text) is about, or None."""
    if kind not in MENDABLE_KINDS:
        return None
    opening = parts[0] if parts and parts[0].text else None
    if kind in OPENING_KINDS or IN_OPENING in text:
        return opening
    heading = BELOW.search(text)
    if heading is not None:
        wanted = heading[1].rstrip("…").strip()
        found = next((p for p in parts if wanted and p.heading.startswith(wanted)), None)
        if found is not None:
            return found
    places = (part_with(parts, quote.strip("… ")) for quote in QUOTE.findall(text))
    return next((part for part in places if part is not None), None)

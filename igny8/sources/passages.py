"""Split the text of a source into passages at paragraphs and sentence ends."""

import re

PASSAGE_CHARS = 800  # a passage is full from here on
MAX_PASSAGE_CHARS = 1_200  # of one; a longer paragraph is divided
PARAGRAPH_BREAK = re.compile(r"\n[^\S\n]*\n")
SENTENCE_BREAK = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")
HEADING = re.compile(r"#{1,6} ")


def split_passages(text: str) -> list[str]:
    """Return the passages of a text in order; a heading starts a passage."""
    passages: list[str] = []
    open_passage = ""
    for paragraph in PARAGRAPH_BREAK.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        line = " ".join(paragraph.split())
        is_heading = HEADING.match(line) is not None
        for piece in _pieces(HEADING.sub("", line, count=1) if is_heading else line):
            is_full = len(open_passage) + len(piece) >= MAX_PASSAGE_CHARS
            if open_passage and (is_full or is_heading or len(open_passage) >= PASSAGE_CHARS):
                passages.append(open_passage)
                open_passage = ""
            open_passage = f"{open_passage}\n{piece}".strip()
    return [*passages, open_passage] if open_passage else passages


def _pieces(paragraph: str) -> list[str]:
    """Return a paragraph, split at sentence ends if it is too long for a passage."""
    pieces: list[str] = []
    for sentence in SENTENCE_BREAK.split(paragraph):
        for start in range(0, len(sentence), MAX_PASSAGE_CHARS):
            part = sentence[start : start + MAX_PASSAGE_CHARS]
            if pieces and len(pieces[-1]) + 1 + len(part) <= PASSAGE_CHARS:
                pieces[-1] += f" {part}"
            else:
                pieces.append(part)
    return pieces

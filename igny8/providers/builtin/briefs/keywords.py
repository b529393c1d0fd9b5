"""The keywords of a brief: where to use each, related words, and questions."""

from collections import Counter
from typing import Any

from igny8.formatting import format_volume
from igny8.providers.base import Assignment, Phrase, Section
from igny8.providers.builtin.ideas.reading import question_of, read_phrase
from igny8.providers.builtin.vocabulary import one_line, stems, tokens, truncate
from igny8.providers.builtin.wording import Pack
from igny8.providers.builtin.wording.casing import (
    heading,
    spelled,
)

MAX_QUESTIONS, MAX_TERMS, MAX_KEYWORDS = 8, 8, 15
MIN_TERM_CHARS = 4
MIN_TERM_KEYWORDS = 2  # that share a word, so that it belongs to the subject and not to one search
QUESTION_MARKS = ("?", "؟", "？")


def questions_of(job: Assignment, words: Pack) -> list[str]:
    """Return the keywords that are questions."""
    texts = [one_line(phrase.text) for phrase in (job.primary, *job.secondary)]
    texts += [one_line(point) for section in job.outline for point in section.points]
    found: dict[str, str] = {}
    for text in texts:
        bare = text.rstrip("".join(QUESTION_MARKS) + " ").lstrip("¿ ").casefold()
        asks = words.asking is not None and words.asking.search(bare)
        if asks or text.endswith(QUESTION_MARKS):
            asked = question_of(read_phrase(Phrase(0, text), job.language), words) if asks else text
            found.setdefault(bare, heading(asked, words))
    return list(found.values())[:MAX_QUESTIONS]


def keyword_rows(job: Assignment, words: Pack) -> list[dict]:
    """Return {"phrase", "use", "text"} per keyword, the main one first."""
    ordered = sorted(job.secondary, key=lambda phrase: (-phrase.demand, phrase.text, phrase.key))
    rows: list[dict[str, Any]] = [{"phrase": job.primary, "use": words.brief["primary"]}]
    rows += [{"phrase": one, "use": _use(one, job.outline, words)} for one in ordered]
    return [row | {"text": one_line(row["phrase"].text)} for row in rows[:MAX_KEYWORDS]]


def searches_of(words: Pack, phrase: Phrase) -> str:
    """Return the monthly searches in the number format of the language; a range as a range."""
    return format_volume(phrase.volume, phrase.volume_low, phrase.volume_high, words.number)


def _use(phrase: Phrase, outline: tuple[Section, ...], words: Pack) -> str:
    """Return where in the article a keyword is to be used."""
    text = one_line(phrase.text).casefold().rstrip("? ")
    mine = stems(text, words.language)
    for section in outline:
        is_its_own = section.role == "own" and phrase.text in section.keywords[:1]
        if is_its_own or text == section.heading.casefold().rstrip("? "):
            return words.brief["own"]
        if any(mine == stems(point, words.language) for point in section.points):
            return words.brief["point"].replace("{h}", section.heading)
    for section in outline:
        if text in (one_line(keyword).casefold().rstrip("? ") for keyword in section.keywords):
            return words.brief["body"].replace("{h}", truncate(one_line(section.heading), 90))
    return words.brief["once"]


def related_words(job: Assignment, words: Pack) -> list[str]:
    """Return words that keywords share but the main keyword lacks, most frequent first."""
    if not words.is_spaced:
        return []
    mine = set(tokens(job.primary.text)) | words.stops
    questions = {stems(phrase.text, words.language): phrase for phrase in job.secondary}
    counts = Counter(
        word
        for phrase in questions.values()
        for word in dict.fromkeys(tokens(phrase.text))
        if word not in mine and len(word) >= MIN_TERM_CHARS
    )
    shared = [word for word in counts if counts[word] >= MIN_TERM_KEYWORDS]
    found = sorted(shared, key=lambda word: (-counts[word], word))[:MAX_TERMS]
    return [spelled(word, words) for word in found]

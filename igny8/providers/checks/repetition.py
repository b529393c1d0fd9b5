"""Find repetition: headings, sentences, paragraphs, sections, and sentence beginnings."""

from collections import Counter, defaultdict

from igny8.providers.base import Check
from igny8.providers.checks.blocks import Block, prose, quote, words_of

MIN_SENTENCE_WORDS = 5
MIN_PARAGRAPH_WORDS = 12
NEAR_SENTENCE = 0.8  # of the words of two sentences are the same
NEAR_PARAGRAPH = 0.7
NEAR_SECTION = 0.5  # of the word triples of two sections are the same
NEAR_HEADING = 0.8
MAX_SENTENCES = 800
MAX_SAME_STARTS = 2  # sentences in a row (Yoast: three or more are too many)


def check_headings(blocks: tuple[Block, ...]) -> Check:
    """Check that headings of a level differ; H3s are compared within their section."""
    seen: dict[tuple[str, str], list[tuple[frozenset, str]]] = defaultdict(list)
    pairs: list[tuple[str, str]] = []
    for block in blocks:
        if not block.is_heading or not block.text:
            continue
        words = frozenset(words_of(block.text))
        group = (block.tag, block.section if block.tag not in ("h1", "h2") else "")
        same = next((other for known, other in seen[group] if _is_same(known, words)), None)
        pairs += [(same, block.text)] if same is not None else []
        seen[group].append((words, block.text))
    if not pairs:
        return Check(True, "Every heading says something of its own")
    first, second = pairs[0]
    twice = f"“{quote(first)}”" if first == second else f"“{quote(first)}” and “{quote(second)}”"
    return Check(
        False,
        f"{_count(len(pairs), 'heading repeats', 'headings repeat')} another one: {twice}. "
        "Give each part its own heading, or join the parts.",
    )


def _is_same(first: frozenset, second: frozenset) -> bool:
    if first == second:
        return True
    return min(len(first), len(second)) >= 4 and _share(first, second) >= NEAR_HEADING


def check_sentences(blocks: tuple[Block, ...]) -> Check:
    """Check that no sentence is repeated in nearly the same words."""
    seen: list[tuple[frozenset, str]] = []
    by_word: dict[str, set[int]] = defaultdict(set)
    repeats: list[tuple[str, Block]] = []
    for block in prose(blocks):
        for sentence in block.sentences:
            words = frozenset(words_of(sentence))
            if len(words) < MIN_SENTENCE_WORDS or len(seen) >= MAX_SENTENCES:
                continue
            if _has_near(words, seen, by_word):
                repeats.append((sentence, block))
            for word in words:
                by_word[word].add(len(seen))
            seen.append((words, sentence))
    if not repeats:
        return Check(True, "No sentence is repeated")
    sentence, block = repeats[0]
    return Check(
        False,
        f"{_count(len(repeats), 'sentence repeats', 'sentences repeat')} an earlier one, "
        f"first {block.place}: “{quote(sentence)}”. Say it once.",
    )


def _has_near(words: frozenset, seen: list, by_word: dict[str, set[int]]) -> bool:
    """Return whether an earlier sentence has nearly the same words."""
    shared = Counter(at for word in words for at in by_word.get(word, ()))
    return any(
        count / len(words | seen[at][0]) >= NEAR_SENTENCE for at, count in shared.most_common(20)
    )


def check_paragraphs(blocks: tuple[Block, ...]) -> Check:
    """Check that no two paragraphs are nearly the same."""
    seen: list[tuple[frozenset, Block]] = []
    for block in prose(blocks):
        words = words_of(block.text)
        if len(words) < MIN_PARAGRAPH_WORDS:
            continue
        parts = _triples(words)
        for known, other in seen:
            if _share(known, parts) >= NEAR_PARAGRAPH:
                return Check(
                    False,
                    f"A paragraph {block.place} repeats one {other.place}: “{quote(block.text)}”. "
                    "Take one of them out.",
                )
        seen.append((parts, block))
    return Check(True, "No paragraph is repeated")


def check_sections(blocks: tuple[Block, ...]) -> Check:
    """Check that no two sections are nearly the same."""
    texts: dict[int, tuple[str, list[str]]] = {}
    number = 0
    for block in blocks:
        if block.tag in ("h1", "h2"):
            number += 1
        texts.setdefault(number, (block.section, []))[1].extend(
            words_of(block.text) if not block.is_heading else ()
        )
    parts = [(name, _triples(tuple(words))) for name, words in texts.values() if len(words) >= 20]
    for at, (name, triples) in enumerate(parts):
        for other, known in parts[:at]:
            if _share(known, triples) >= NEAR_SECTION:
                first = f"“{quote(other)}”" if other else "the opening"
                return Check(
                    False,
                    f"The parts {first} and “{quote(name)}” say nearly the same. "
                    "Give one of them its own subject, or take it out.",
                )
    return Check(True, "Every part says something of its own")


def check_sentence_starts(blocks: tuple[Block, ...]) -> Check:
    """Check that no three sentences in a row begin with the same words."""
    for block in prose(blocks):
        starts = [words_of(sentence)[:2] for sentence in block.sentences]
        in_a_row = 1
        for at in range(1, len(starts)):
            same = len(starts[at]) == 2 and starts[at] == starts[at - 1]
            in_a_row = in_a_row + 1 if same else 1
            if in_a_row > MAX_SAME_STARTS:
                return Check(
                    False,
                    f"{in_a_row} sentences in a row begin alike {block.place}: "
                    f"“{quote(block.sentences[at])}”. Begin one of them otherwise.",
                )
    return Check(True, "Sentences begin in different ways")


def _triples(words: tuple[str, ...]) -> frozenset:
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _share(first: frozenset, second: frozenset) -> float:
    """Return the share of common elements of two sets, from 0 to 1."""
    either = len(first | second)
    return len(first & second) / either if either else 0.0


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"

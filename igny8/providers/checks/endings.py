"""Find text that stops too early: cut sentences, dangling words, headings without text."""

import re

from igny8.providers.base import Check
from igny8.providers.checks.blocks import WORD, Block, quote, words_of

END = re.compile(r"[.!?…:。！？：؟।॥▪\U0001f300-\U0001faff☀-➿][\"'”’»)\]›*_]*$")
# Thai, Lao and Khmer end sentences without a stop.
UNPUNCTUATED_SCRIPT = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff]")
DANGLING_SIGN = re.compile(r"[,;&+/–—-]$")
MIN_WORDS = 3
# Words that end no sentence, with or without a full stop after them, in small letters.
DANGLING_WORDS = """
    and or the a an including because although whose your our their into
    und oder aber eine einen einem weil dass deren dessen
    et ou mais le les un une des du dans parce dont
    pero los las una unos unas porque cuyo
    gli uno della dello nel sul perché
    maar het een te omdat
"""
DANGLING = frozenset(DANGLING_WORDS.split())


def check_endings(blocks: tuple[Block, ...]) -> Check:
    """Check that no paragraph, list item or heading breaks off."""
    broken = [block for block in blocks if is_unfinished(block)]
    if not broken:
        return Check(True, "Every sentence is finished")
    first = broken[0]
    end = first.text[-50:].lstrip()
    what = "heading" if first.is_heading else "text"
    place = "" if first.is_heading else f" {first.place}"
    count = len(broken)
    return Check(
        False,
        f"{count} {'ending is' if count == 1 else 'endings are'} unfinished, first the {what}"
        f"{place}: “…{end}”. Finish the sentence or cut it back.",
    )


def is_unfinished(block: Block) -> bool:
    """Return whether a block stops in the middle of a sentence."""
    if block.tag in ("td", "th", "dt", "figcaption") or not block.text or block.is_label:
        return False
    if any(_dangles(sentence) for sentence in block.sentences[:-1]):
        return True
    if _dangles(block.text) or DANGLING_SIGN.search(block.text):
        return True
    if block.tag not in ("p", "blockquote", "dd"):
        return block.tag in ("h2", "h3") and block.text.endswith("…")
    if UNPUNCTUATED_SCRIPT.search(block.text) or END.search(block.text):
        return False
    words = len(words_of(block.text))
    return words >= MIN_WORDS and len(words_of(block.link_text)) < words * 0.6


def _dangles(text: str) -> bool:
    """Return whether a text ends with a word that requires another one."""
    bare = text.rstrip(" .…")
    last = WORD.findall(bare[-40:])[-1:]
    return bool(last) and last[0] in DANGLING and bare.endswith(last[0])


def check_empty_parts(blocks: tuple[Block, ...]) -> Check:
    """Check that every heading has text below it, and no paragraph is only a word or two."""
    for at, block in enumerate(blocks):
        after = blocks[at + 1] if at + 1 < len(blocks) else None
        is_parent = after is not None and after.is_heading and after.tag > block.tag
        if block.is_heading and (after is None or (after.is_heading and not is_parent)):
            return Check(
                False,
                f"There is nothing below “{quote(block.text)}”. Write the part, or take it out.",
            )
        if _is_leftover(block):
            return Check(
                False,
                f"A paragraph {block.place} is only “{quote(block.text)}”. "
                "Write it or take it out.",
            )
    return Check(True, "There is text below every heading")


def _is_leftover(block: Block) -> bool:
    """Return whether a paragraph has only one or two words."""
    if block.tag != "p" or block.link_text or block.is_label or END.search(block.text):
        return False
    return len(words_of(block.text)) in (1, 2)

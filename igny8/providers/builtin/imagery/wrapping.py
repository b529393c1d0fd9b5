"""Break a title into a few balanced lines at the largest size that fits its box."""

import re
from collections.abc import Callable
from dataclasses import dataclass

ELLIPSIS = "…"
# Chinese and Japanese break between any two signs, but no line begins with what closes a phrase.
SIGN, CLOSING = (
    "\u3040-\u30ff\u3400-\u9fff",
    "\u3001\u3002\u300d\u300f\u30fc\uff01\uff09\uff0c\uff1a\uff1b\uff1f",
)
UNIT = re.compile(rf"\s*(?:[{SIGN}][{CLOSING}]*|[^\s{SIGN}]+)")


@dataclass(frozen=True, slots=True)
class Block:
    """Laid-out text: its lines, the font size and the distance between baselines, in pixels."""

    lines: tuple[str, ...]
    size: int
    leading: int


def fit(
    text: str,
    box: tuple[int, int],
    sizes: tuple[int, ...],
    most_lines: int,
    measure: Callable[[str, int], float],
) -> Block:
    """Return the text in the largest of `sizes` that fits, else cut with an ellipsis."""
    words = UNIT.findall(text.strip())
    for size in sizes:
        lines = _balanced(words, box[0], size, measure)
        leading = round(size * 1.16)
        if lines and len(lines) <= min(most_lines, box[1] // leading):
            return Block(tuple(lines), size, leading)
    for size in sizes[len(sizes) // 3 :]:
        leading = round(size * 1.16)
        lines = _greedy(_fragments(words, box[0], size, measure), box[0], size, measure)
        room = max(1, min(most_lines, box[1] // leading))
        if len(lines) <= room:
            break
    else:
        lines = [*lines[: room - 1], _shortened(lines[room - 1], box[0], size, measure)]
    return Block(tuple(lines), size, leading)


def _balanced(words: list[str], limit: int, size: int, measure: Callable) -> list[str]:
    if any(measure(word.strip(), size) > limit for word in words):
        return []
    lines = _greedy(words, limit, size, measure)
    narrow, wide = limit // 3, limit
    while wide - narrow > 12:
        middle = (narrow + wide) // 2
        tried = _greedy(words, middle, size, measure)
        if len(tried) <= len(lines) and max(measure(t, size) for t in tried) <= middle:
            lines, wide = tried, middle
        else:
            narrow = middle
    return lines


def _greedy(words: list[str], limit: int, size: int, measure: Callable) -> list[str]:
    widths = [measure(word.strip(), size) for word in words]
    blank = measure("n n", size) - measure("nn", size)
    lines: list[list[str]] = []
    used = limit + 1.0
    for word, width in zip(words, widths, strict=True):
        space = blank if word[:1].isspace() else 0
        if lines and used + space + width <= limit:
            lines[-1].append(" " * bool(space) + word.strip())
            used += space + width
        else:
            lines.append([word.strip()])
            used = width
    return ["".join(line) for line in lines]


def _fragments(words: list[str], limit: int, size: int, measure: Callable) -> list[str]:
    pieces = []
    for word in words:
        has_space, rest = word[:1].isspace(), word.strip()
        while len(rest) > 1 and measure(rest, size) > limit:
            cut = max(1, int(len(rest) * limit / measure(rest, size)))
            while cut > 1 and measure(rest[:cut], size) > limit:
                cut -= 1
            pieces.append(" " * has_space + rest[:cut])
            has_space, rest = False, rest[cut:]
        pieces.append(" " * has_space + rest)
    return pieces


def _shortened(line: str, limit: int, size: int, measure: Callable) -> str:
    while line and measure(line + ELLIPSIS, size) > limit:
        line = line[:-1]
    return line.rstrip(" ,.:;–-") + ELLIPSIS

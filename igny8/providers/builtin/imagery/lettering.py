"""Render text in any bundled script: choose fonts, order runs and measure widths.

Pillow draws one font per call, so a line is split into runs of one font. If Pillow has libraqm and
FriBiDi, it shapes and orders each run; otherwise Arabic letters are joined and lines reordered
here, and scripts that need shaping are left out.
"""

import json
import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path
from typing import Any

import arabic_reshaper
from bidi.algorithm import get_display
from PIL import ImageFont, features

FONTS = Path(__file__).parent / "fonts"
RAQM = features.check("raqm")
NEEDS_SHAPING = ("NotoSansDevanagari", "NotoSansBengali", "NotoSansTamil")
JAPANESE, KANA = "NotoSansJP-Bold.otf", re.compile("[\u3040-\u30ff]")
GONE = "\0"
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


@lru_cache(maxsize=1)
def _coverage() -> dict[str, tuple[list[int], list[int]]]:
    table = json.loads((FONTS / "coverage.json").read_text("utf-8"))
    return {
        name: ([a for a, _ in ranges], [b for _, b in ranges])
        for name, ranges in table.items()
        if RAQM or not name.startswith(NEEDS_SHAPING)
    }


@lru_cache(maxsize=4096)
def fonts_for(char: str) -> tuple[str, ...]:
    """Return the files of the fonts that contain the character, preferred first."""
    found = []
    for name, (starts, ends) in _coverage().items():
        at = bisect_right(starts, ord(char)) - 1
        if at >= 0 and ord(char) <= ends[at]:
            found.append(name)
    return tuple(found)


def drawable(text: str) -> str:
    """Return the text without characters that no bundled font has; "" if too little remains.

    A title that loses more than a fifth of its letters would be misleading, so it is not drawn.
    """
    text = unicodedata.normalize("NFC", text[:600].replace(GONE, " "))
    kept = "".join(
        c
        if c.isspace() or (unicodedata.category(c) not in INVISIBLE and fonts_for(c))
        else "\u200c"
        if c == "\u200c"
        else " "
        if unicodedata.category(c) == "Cc"
        else GONE
        for c in text
    )
    kept = re.sub(rf"\s*{GONE}[\s{GONE}]*(?=[:;,.!?])", "", kept).replace(GONE, "")
    kept = " ".join(kept.split()).strip(" \u200c")
    before, after = (sum(c.isalnum() for c in t) for t in (text, kept))
    return kept if after and after >= 0.8 * before else ""


def is_rtl(text: str) -> bool:
    """Return whether the first letter with a direction reads from right to left."""
    strong = (unicodedata.bidirectional(c) for c in text)
    return next((d in ("R", "AL") for d in strong if d in ("L", "R", "AL")), False)


@lru_cache(maxsize=64)
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """Return a font of `size` pixels; fonts are cached."""
    engine = ImageFont.Layout.RAQM if RAQM else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(FONTS / name), size, layout_engine=engine)


def runs(line: str) -> list[tuple[str, str]]:
    """Return (font file, text) in the drawing order from left to right."""
    rtl = is_rtl(line)
    if not RAQM:
        line = get_display(arabic_reshaper.reshape(line), base_dir="R" if rtl else "L")
    cut = _cut(line)
    return cut[::-1] if rtl and RAQM else cut


def _cut(line: str) -> list[tuple[str, str]]:
    parts: list[tuple[str, list[str]]] = []
    japanese = bool(KANA.search(line))
    for char in line:
        able = fonts_for(char)
        if (
            japanese and JAPANESE in able
        ):  # signs that Chinese shares have a form of their own in Japan
            able = (JAPANESE,)
        if parts and (char in " \u200c" or parts[-1][0] in able):
            parts[-1][1].append(char)
        elif able:
            parts.append((able[0], [char]))
    return _spaces_apart([(name, "".join(chars)) for name, chars in parts])


def _spaces_apart(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    # A space at the end of a run would be drawn on its wrong side once runs are reversed.
    apart = []
    for at, (name, text) in enumerate(parts):
        apart.append((name, text.rstrip(" ")))
        if text.endswith(" ") and at < len(parts) - 1:
            apart.append((name, " "))
    return apart


def width(line: str, size: int) -> float:
    """Return the width of the line in pixels at `size`."""
    return sum(_run_width(name, text, size) for name, text in runs(line))


@lru_cache(maxsize=8192)
def _run_width(name: str, text: str, size: int) -> float:
    return font(name, size).getlength(text)


def draw_line(canvas: Any, at: tuple[float, float], line: str, size: int, ink: tuple) -> None:
    """Draw the line with its baseline and left end at `at`."""
    x, y = at
    for name, text in runs(line):
        canvas.text((x, y), text, font=font(name, size), fill=ink, anchor="ls")
        x += _run_width(name, text, size)

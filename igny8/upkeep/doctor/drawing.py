"""Check what images need: Pillow with WebP, and fonts. The web process never loads it."""

from collections.abc import Iterator
from io import BytesIO

from PIL import Image, features

from igny8.version import PACKAGE

FONTS = PACKAGE / "providers" / "builtin" / "imagery" / "fonts"


def check_drawing() -> Iterator[tuple[str, ...]]:
    """Yield whether images can be written and titles can be drawn."""
    if not features.check("webp"):
        yield (
            "bad",
            "Pillow cannot write WebP here.",
            "Install the official wheel: pip install --force-reinstall pillow",
        )
        return
    Image.new("RGB", (1, 1)).save(BytesIO(), "WEBP")
    fonts = list(FONTS.glob("*-Bold.[ot]tf"))
    if not fonts:
        yield "bad", "The fonts of the title cards are missing.", "Install IGNY8 again."
        return
    shaping = (
        "." if features.check("raqm") else "; right-to-left titles are shaped by IGNY8 itself."
    )
    yield "ok", f"Pillow writes WebP, {len(fonts)} fonts found{shaping}"

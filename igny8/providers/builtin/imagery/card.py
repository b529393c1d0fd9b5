"""Draw a title card: a backdrop in the site's two colours, a motif, the title, the site's name."""

from hashlib import sha256
from io import BytesIO
from typing import cast

from PIL import Image, ImageDraw

from igny8.errors import ExternalError
from igny8.providers.base import ImageFile, ImagePrompt, Palette
from igny8.providers.builtin.imagery import colour, lettering
from igny8.providers.builtin.imagery.backdrop import backdrop
from igny8.providers.builtin.imagery.colour import DARK, WHITE
from igny8.providers.builtin.imagery.wrapping import Block, fit

LARGEST_SIDE, SMALLEST_SIDE = 2400, 64
NO_FONT = (
    "no bundled font can draw this title, and a card without it would be blank; "
    "choose an image model for this site under Settings"
)
SIZES = (0.146, 0.130, 0.115, 0.102, 0.090, 0.079, 0.069, 0.060)  # of the card's height
MARGIN = 0.07  # of the card's width
SHADES = tuple(step * 0.06 for step in range(15))  # how much of a card may be shaded
WANTED = colour.READABLE + 0.3  # WebP shifts colours a little


def draw(prompt: ImagePrompt, palette: Palette) -> ImageFile:
    """Return the card as WebP; the same prompt and palette give the same pixels.

    Raises ExternalError if no bundled font has the letters of the heading.
    """
    size = _limited(prompt.width), _limited(prompt.height)
    seed = sha256(f"{prompt.role}|{prompt.heading}".encode("utf-8", "replace")).digest()
    title, name = lettering.drawable(prompt.heading), lettering.drawable(palette.name)
    if not title and any(map(str.isalnum, prompt.heading)):
        raise ExternalError(NO_FONT, kind="script", permanent=True)
    rtl = lettering.is_rtl(title or name)
    card = backdrop(size, palette, seed, prompt.position, rtl)
    blocks = [_title(title, size, rtl)] if title else []
    blocks += [_signature(name, size, rtl)] if name else []
    card, ink = _readable(card, [box for _, box in blocks])
    pen = ImageDraw.Draw(card)
    for block, box in blocks:
        _write(pen, block, box, ink, rtl)
    if title:
        _accent(pen, *blocks[0], size, ink, rtl)
    return ImageFile(_encoded(card), "image/webp", *size)


def _limited(side: int) -> int:
    return min(LARGEST_SIDE, max(SMALLEST_SIDE, side))


def _title(text: str, size: tuple[int, int], rtl: bool) -> tuple[Block, tuple]:
    width, height = size
    top, room = round(height * 0.16), (round(width * 0.70), round(height * 0.67))
    block = fit(
        text, room, tuple(max(8, round(height * share)) for share in SIZES), 5, lettering.width
    )
    return block, _box(block, width, top + (room[1] - block.leading * len(block.lines)) // 2, rtl)


def _signature(name: str, size: tuple[int, int], rtl: bool) -> tuple[Block, tuple]:
    width, height = size
    letters = max(8, round(height * 0.04))
    block = fit(name, (width // 2, letters * 2), (letters,), 1, lettering.width)
    return block, _box(block, width, height - round(height * 0.085) - letters, rtl)


def _box(block: Block, width: int, top: int, rtl: bool) -> tuple[int, int, int, int]:
    widest = round(max(lettering.width(line, block.size) for line in block.lines))
    left = width - round(width * MARGIN) - widest if rtl else round(width * MARGIN)
    return left, top, left + widest, top + block.leading * len(block.lines)


def _readable(card: Image.Image, boxes: list[tuple]) -> tuple[Image.Image, tuple]:
    """Return the card and its text colour; darken the card until text is legible on `boxes`."""
    parts = [
        card.crop((max(0, left), max(0, top), min(card.width, right), min(card.height, bottom)))
        for left, top, right, bottom in boxes
    ]
    found = {ink: _contrast(parts, ink) for ink in (WHITE, DARK)}
    ink = WHITE if found[WHITE] >= WANTED else max(found, key=lambda colour: found[colour])
    shade = DARK if ink == WHITE else WHITE
    share = next(
        share
        for share in SHADES
        if share == SHADES[-1]
        or _contrast([_shaded(part, shade, share) for part in parts], ink) >= WANTED
    )
    return _shaded(card, shade, share), ink


def _shaded(part: Image.Image, shade: tuple, share: float) -> Image.Image:
    return Image.blend(part, Image.new("RGB", part.size, shade), share) if share else part


def _contrast(parts: list[Image.Image], ink: tuple) -> float:
    """Return the lowest contrast of the text colour `ink` with any pixel of `parts`."""
    levels: list[float] = []
    for part in parts:
        grey = part.point(colour.LINEAR).convert("L", matrix=colour.WEIGHTS)
        levels += cast("tuple[float, float]", grey.getextrema())  # one band: two numbers
    return min((colour.ratio(colour.luminance(ink), level / 255) for level in levels), default=21.0)


def _write(pen: ImageDraw.ImageDraw, block: Block, box: tuple, ink: tuple, rtl: bool) -> None:
    for at, line in enumerate(block.lines):
        left = box[2] - lettering.width(line, block.size) if rtl else box[0]
        lettering.draw_line(
            pen,
            (left, box[1] + at * block.leading + round(block.size * 0.94)),
            line,
            block.size,
            ink,
        )


def _accent(
    pen: ImageDraw.ImageDraw, block: Block, box: tuple, size: tuple, ink: tuple, rtl: bool
) -> None:
    wide, thick = round(block.size * 0.85), max(3, size[1] // 105)
    x = box[2] - wide if rtl else box[0]
    y = max(size[1] // 16, box[1] - round(size[1] * 0.045))
    pen.rounded_rectangle((x, y, x + wide, y + thick), thick // 2, fill=ink)


def _encoded(card: Image.Image) -> bytes:
    file = BytesIO()
    card.save(file, "WEBP", quality=88, method=0)
    return file.getvalue()

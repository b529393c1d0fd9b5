"""Draw the backdrop of a title card: a gradient of two colours and a motif."""

from functools import lru_cache

from PIL import Image, ImageDraw, ImageOps

from igny8.providers.base import Palette
from igny8.providers.builtin.imagery import colour
from igny8.providers.builtin.imagery.colour import DARK, WHITE, mix
from igny8.providers.builtin.imagery.motifs import MOTIFS

DEFAULT = Palette()


def backdrop(
    size: tuple[int, int], palette: Palette, seed: bytes, position: int, rtl: bool
) -> Image.Image:
    """Return the backdrop of a card; `seed` chooses the motif, `rtl` mirrors all of it."""
    first = colour.rgb(palette.primary, colour.rgb(DEFAULT.primary, DARK))
    second = colour.rgb(palette.secondary, colour.rgb(DEFAULT.secondary, DARK))
    if colour.luminance(first) > colour.luminance(second):
        first, second = second, first
    if position % 2:
        first, second = mix(first, second, 0.22), mix(second, first, 0.30)
    card = _gradient(size, first, second)
    card.paste(mix(second, WHITE, 0.55), (0, 0), _motif(size, seed))
    return ImageOps.mirror(card) if rtl else card


def _gradient(size: tuple[int, int], first: tuple, second: tuple) -> Image.Image:
    steps = [mix(first, second, level / 255) for level in range(256)]
    ramp = _ramp(size)
    return Image.merge(
        "RGB", [ramp.point([step[channel] for step in steps]) for channel in range(3)]
    )


@lru_cache(maxsize=4)
def _ramp(size: tuple[int, int]) -> Image.Image:
    # The title stands where the line begins: the darker colour keeps that side.
    small = Image.new("L", (48, 27))
    small.putdata(
        [round(255 * (0.68 * x / 47 + 0.32 * y / 26) ** 1.5) for y in range(27) for x in range(48)]
    )
    return small.resize(size, Image.Resampling.BICUBIC)


def _motif(size: tuple[int, int], seed: bytes) -> Image.Image:
    w, h = size
    mask = Image.new("L", (w * 2, h * 2), 0)
    motif = MOTIFS[seed[0] % len(MOTIFS)]
    motif(ImageDraw.Draw(mask), w * 2, h * 2, tuple(byte % 16 for byte in seed[1:4]))
    return mask.reduce(2).point([round(level * 0.62) for level in range(256)])

"""Convert an image file to JPEG, for sites that accept no newer format."""

import io
from pathlib import Path

from PIL import Image

QUALITY = 88


def to_jpeg(path: Path) -> bytes:
    """Return an image file as JPEG; transparent parts become white."""
    with Image.open(path) as image:
        picture = image.convert("RGBA")
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    out = io.BytesIO()
    ground.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()

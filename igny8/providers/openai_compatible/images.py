"""Stages 5 and 6: image prompts and images, which must be raster images."""

import base64
import re
import struct
from dataclasses import replace
from functools import partial
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from igny8.errors import ExternalError
from igny8.outbound.addresses import ForbiddenAddress
from igny8.providers.base import (
    ImageFile,
    ImagePrompt,
    Page,
    Reply,
    RequestSender,
    Usage,
    request_names,
)
from igny8.providers.builtin.imagery import describe as describe_locally
from igny8.providers.builtin.vocabulary import one_line
from igny8.providers.openai_compatible.answer_text import UnusableAnswer, read_reported_error
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.errors import Refused
from igny8.providers.openai_compatible.messages import question
from igny8.providers.openai_compatible.schemas import wishes
from igny8.providers.openai_compatible.structured_output import StructuredClient
from igny8.providers.openai_compatible.usage import parse_body

RASTER = ("PNG", "JPEG", "WEBP", "GIF")
MAX_PIXELS = 20_000_000  # more than any model draws; 80 MB unpacked
MAX_SIDE_PIXELS = 16_384  # Pillow reserves memory per row: 20 million rows take 700 MB
MIN_SIDE_PIXELS = 64  # less is a placeholder, not an image
MAX_JPEG_SCANS = 100  # of a progressive JPEG, which usually has 10; each is decoded in full
JPEG_MAGIC, START_OF_SCAN = b"\xff\xd8\xff", b"\xff\xda"
QUALITY = 82
WIDE = {"dall-e-3": "1792x1024", "gpt-image": "1536x1024"}
SQUARE = "1024x1024"


def describe(
    asker: StructuredClient, page: Page, count: int, sender: RequestSender
) -> tuple[tuple[ImagePrompt, ...], Usage, str]:
    """Return the locally chosen images with the model's prompts and alt texts, usage and prompt."""
    local = describe_locally(page, count)
    if not local:
        return (), Usage(), ""
    asked = question(
        "images",
        page.voice,
        "",
        page.language,
        count=str(len(local)),
        title=one_line(page.title),
        headings="; ".join(p.heading for p in local),
        keyword=one_line(page.primary),
    )
    answer, used = asker.ask(sender, "images", asked.messages, wishes(len(local)))
    described, alts = [], set()
    for at, prompt in enumerate(local):
        wish = answer.images[at] if at < len(answer.images) else None
        better = one_line(wish.prompt) if wish else ""
        alt = one_line(wish.alt) if wish and wish.alt.casefold() not in alts else ""
        described.append(replace(prompt, prompt=better or prompt.prompt, alt=alt or prompt.alt))
        alts.add(described[-1].alt.casefold())
    return tuple(described), used, asked.prompt


class ImageClient:
    """Requests images of one model, and remembers which parameters it rejects."""

    def __init__(self, client: Client, model: str) -> None:
        self.client, self.model = client, model
        self._extras = {
            "n": 1,
            "size": next((size for name, size in WIDE.items() if model.startswith(name)), SQUARE),
            "response_format": "b64_json",
        }
        if model.startswith("gpt-image"):
            del self._extras["response_format"]

    def generate(self, prompt: ImagePrompt, sender: RequestSender) -> tuple[ImageFile, Usage]:
        """Return the image as WebP in its prompt's size; request an unusable one again."""
        if not self.model:
            raise ExternalError(
                "the model server has no image model. Choose one under Settings, or let the "
                "built-in provider draw.",
                kind="refused",
                permanent=True,
            )
        used = Usage()
        asked, why = request_names(sender, "image", self.model)
        for name in asked:
            reply = self._send(sender, name, prompt)
            used += reply.usage
            try:
                return fitted(self._image_of(reply.body), prompt), used
            except UnusableAnswer as error:
                why = str(error)
                sender.reject(name, why)
        raise ExternalError(
            f"{self.model} gave no usable image, twice: {why}", kind="bad_answer", permanent=True
        )

    def _send(self, sender: RequestSender, name: str, prompt: ImagePrompt) -> Reply:
        extras = dict(self._extras)
        while True:
            asked = {"model": self.model, "prompt": prompt.prompt[:3000], **extras}
            try:
                reply = sender.send_once(
                    name,
                    self.model,
                    Usage(images=1, requests=1),
                    partial(self.client.image, **asked),
                )
            except Refused as refused:
                unknown = next(
                    (x for x in extras if re.search(rf"\b{x}\b", refused.detail.casefold())), None
                )
                if refused.kind != "refused" or unknown is None:
                    raise
                if unknown == "size" and extras["size"] != SQUARE:
                    extras["size"] = SQUARE
                else:
                    del extras[unknown]
                continue
            self._extras = extras
            return reply

    def _image_of(self, body: bytes) -> bytes:
        """Return the image file in an answer or at its address; raise UnusableAnswer."""
        try:
            answer = parse_body(body)
            read_reported_error(answer)
            found = _first_image(answer)
            encoded, address = found.get("b64_json") or found.get("image"), found.get("url")
            if encoded:
                return _decoded(str(encoded))
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            if isinstance(error, UnusableAnswer):
                raise
            raise UnusableAnswer("the answer holds no image") from error
        if not isinstance(address, str) or not address:
            raise UnusableAnswer("the answer holds no image")
        if address.startswith("data:"):
            return _decoded(address)
        try:
            return self.client.fetch(address)
        except ForbiddenAddress as forbidden:
            raise UnusableAnswer(f"the image is not fetched: {forbidden}") from forbidden
        except ExternalError as error:
            if error.kind != "gone":
                raise
            raise UnusableAnswer(f"the image cannot be fetched: {error}") from error


def _first_image(answer: dict) -> dict:
    """Return the first image of an answer, in one of the known fields."""
    images = answer.get("data") or answer.get("images") or answer.get("output")
    found = images[0] if isinstance(images, list) else images
    return found if isinstance(found, dict) else {_place_of(str(found)): found}


def _place_of(text: str) -> str:
    return "url" if text.startswith(("http://", "https://", "/", "data:")) else "b64_json"


def _decoded(text: str) -> bytes:
    """Return the bytes of a base64 text, with or without a "data:image/…;base64," prefix."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    return base64.b64decode(
        "".join(text.split()) + "=" * (-len("".join(text.split())) % 4), validate=False
    )


def _refuse_too_many(width: int, height: int) -> None:
    """Raise UnusableAnswer for an image that would use too much memory."""
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PIXELS:
        raise UnusableAnswer(f"the image has {width}×{height} pixels, which is too many")


def _refuse_many_scans(data: bytes) -> None:
    """Raise UnusableAnswer for a JPEG with too many scans, each a full decoding pass.

    Within a scan a byte 0xFF is followed by 0x00 or a restart marker, so only the beginnings of
    scans are counted, except in metadata, where 100 of them are unlikely.
    """
    if data.startswith(JPEG_MAGIC) and data.count(START_OF_SCAN) > MAX_JPEG_SCANS:
        raise UnusableAnswer(f"the JPEG has more than {MAX_JPEG_SCANS} scans, which is too many")


def _canvas_of_webp(data: bytes) -> tuple[int, int]:
    """Return the canvas size in a WebP header: its decoder allocates it before any check.

    (0, 0) for anything else. https://developers.google.com/speed/webp/docs/riff_container
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return 0, 0
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        packed = int.from_bytes(data[21:25], "little")
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    return (
        (
            int.from_bytes(data[26:28], "little") & 0x3FFF,
            int.from_bytes(data[28:30], "little") & 0x3FFF,
        )
        if kind == b"VP8 "
        else (0, 0)
    )


def fitted(data: bytes, prompt: ImagePrompt) -> ImageFile:
    """Return an image file cut and scaled to the size of its prompt, as WebP.

    Raise UnusableAnswer for anything else, including SVG, which may contain scripts and links.
    """
    try:
        _refuse_too_many(*_canvas_of_webp(data))
        _refuse_many_scans(data)
        with Image.open(BytesIO(data), formats=RASTER) as image:
            _refuse_too_many(image.width, image.height)
            image.load()
            if min(image.width, image.height) < MIN_SIDE_PIXELS:
                raise UnusableAnswer(
                    f"the image has {image.width}×{image.height} pixels, which is too few"
                )
            plain = ImageOps.exif_transpose(image).convert("RGB")
            plain.info.clear()  # drop profiles and comments
    except UnidentifiedImageError as error:
        raise UnusableAnswer("the file is no PNG, JPEG, WebP or GIF image") from error
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        struct.error,
        Image.DecompressionBombError,
    ) as error:
        if isinstance(error, UnusableAnswer):
            raise
        raise UnusableAnswer("the image is broken or far too large") from error
    kept = BytesIO()
    ImageOps.fit(plain, (prompt.width, prompt.height), Image.Resampling.LANCZOS).save(
        kept, "WEBP", quality=QUALITY, method=4
    )
    return ImageFile(kept.getvalue(), "image/webp", prompt.width, prompt.height)

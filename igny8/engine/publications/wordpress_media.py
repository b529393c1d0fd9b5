"""Upload the images of an article to WordPress once each; file names contain the marker."""

import hashlib
import importlib
import re
from pathlib import Path
from typing import Any

from igny8.engine.publications import lost_answers
from igny8.engine.publications.work import Work
from igny8.publishing import Image
from igny8.publishing.requests import TargetError
from igny8.publishing.wordpress import WordPress

JPEG = "igny8.publishing.jpeg"  # loaded only when used
REFUSED_TYPES = ("rest_upload_sideload_error", "rest_upload_unknown_error")
MAX_STEM_CHARS = 60


def ensure_media(work: Work, site: WordPress) -> list[dict[str, Any]]:
    """Return {id, url} of the images in the order of the article; upload missing ones."""
    found = []
    for number, image in enumerate(work.text.images):
        name = media_name(image, work.claim.marker, number)
        media = work.state["progress"].get("media", {})
        if name not in media:
            _upload(work, site, image, name)
            media = work.state["progress"]["media"]
        if not media[name].get("described"):
            _describe(work, site, image, name)
        found.append(work.state["progress"]["media"][name])
    return found


def media_name(image: Image, marker: str, number: int) -> str:
    """Return the file name of an image at the site; another file gets another name."""
    path = Path(image.file_name)
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:MAX_STEM_CHARS].strip("-")
    version = hashlib.sha256(image.path.encode()).hexdigest()[:6]
    return f"{stem or 'image'}-{marker}-{number}-{version}{path.suffix.lower()}"


def _upload(work: Work, site: WordPress, image: Image, name: str) -> None:
    found, at = _find(site, name)
    if found is None:
        lost_answers.wait_until_settled(work, f"media {name}", at)
        work.intend(f"media {name}", site_at=at)
        found = _send(work, site, image, name)
    if not isinstance(found.get("id"), int) or not found.get("source_url"):
        raise TargetError("The site answered without the number of the image.", is_unknown=True)
    facts = {"id": found["id"], "url": found["source_url"], "described": False}
    _store(work, name, facts)


def _find(site: WordPress, name: str) -> tuple[dict[str, Any] | None, float | None]:
    """Return the media item with that file name, or None, and the current time of the site."""
    stem = Path(name).stem
    for query in ({"slug": stem}, {"search": stem}):
        answer = site.get("/wp/v2/media", context="edit", **query)
        for media in answer.value if isinstance(answer.value, list) else []:
            if stem in media.get("source_url", ""):
                return media, answer.at
    return None, answer.at


def _send(work: Work, site: WordPress, image: Image, name: str) -> dict[str, Any]:
    """Upload a file, converted to JPEG if the site does not accept its type."""
    path = Path(image.path)
    try:
        return site.upload(path, name).value
    except TargetError as error:
        is_webp = name.endswith(".webp")
        if not (is_webp and error.code in REFUSED_TYPES):
            if not error.is_unknown:
                work.refused()
            raise
    data = importlib.import_module(JPEG).to_jpeg(path)
    return site.upload(path, f"{name.removesuffix('.webp')}.jpg", data).value


def _describe(work: Work, site: WordPress, image: Image, name: str) -> None:
    """Write the alternative text and the title of an image."""
    facts = work.state["progress"]["media"][name]
    work.intend("describe")
    site.post(f"/wp/v2/media/{facts['id']}", alt_text=image.alt, title=image.alt[:120])
    _store(work, name, facts | {"described": True})


def _store(work: Work, name: str, facts: dict[str, Any]) -> None:
    media = work.state["progress"].get("media", {})
    work.store("media", {"media": media | {name: facts}})

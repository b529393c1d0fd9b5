"""Read the message in an error body: JSON of various structures, text, or a web page."""

import json
import re

MAX_DETAIL_CHARS = 200  # characters
DETAIL_FIELDS = ("error", "message", "detail", "msg", "errors", "error_description", "code")


def read_detail(body: str) -> str:
    """Return the message of an error body in a few words on one line; of a page, its title."""
    try:
        text = _detail(json.loads(body), 0)
    except (ValueError, RecursionError):
        page = re.search(
            r"<title[^>]*>(.*?)</title>|<h1[^>]*>(.*?)</h1>", body, re.DOTALL | re.IGNORECASE
        )
        is_page = "<" in body[:200]
        text = (page[1] or page[2] or "") if page else "" if is_page else body
    text = (
        " ".join(re.sub(r"<[^>]+>", " ", text).split()) if "<" in text else " ".join(text.split())
    )
    text = text[:MAX_DETAIL_CHARS] + "…" if len(text) > MAX_DETAIL_CHARS else text
    return text.rstrip(".") + ("." if text else "")


def _detail(found: object, depth: int) -> str:
    """Return the message in an error: below one of DETAIL_FIELDS or in a list."""
    if isinstance(found, str):
        return found
    if depth > 6 or not isinstance(found, dict | list):
        return ""
    if isinstance(found, list):
        return "; ".join(filter(None, (_detail(one, depth + 1) for one in found[:3])))
    inner = next(
        (text for name in DETAIL_FIELDS if (text := _detail(found.get(name), depth + 1))), ""
    )
    place = ".".join(map(str, found["loc"])) if isinstance(found.get("loc"), list) else ""
    metadata = found.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    text = f"{place}: {inner}" if place and inner else inner
    return f"{text} ({_detail(raw, depth + 1)})" if raw and _detail(raw, depth + 1) else text

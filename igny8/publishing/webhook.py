"""Send an article as a signed webhook (https://www.standardwebhooks.com, signature scheme v1)."""

import base64
import binascii
import hashlib
import hmac
import json
import mimetypes
import secrets
from functools import partial
from pathlib import Path
from typing import Any

from igny8 import clock
from igny8.outbound.http_client import Client
from igny8.publishing.base import Text
from igny8.publishing.files import file_name, to_html, to_markdown
from igny8.publishing.requests import (
    TRANSIENT,
    Log,
    TargetError,
    error_kind,
    retry_after,
    send,
    web_address,
)

PREFIX = "whsec_"
MIN_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64
GONE = 410
TYPES = {"publish": "article.published", "draft": "article.draft", "remove": "article.removed"}


def new_secret() -> str:
    """Return a fresh secret."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def decode_secret(secret: str) -> bytes:
    """Return the key of a secret (whsec_ and Base64 of 24 to 64 bytes); raise ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not Base64") from error
    if not secret.startswith(PREFIX) or not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise ValueError("wrong length or prefix")
    return key


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header webhook-signature."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(decode_secret(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def document(text: Text, wanted: str, site: dict[str, str], keys: dict[str, str]) -> dict[str, Any]:
    """Return the JSON document of an article; `keys` identify the article and its version."""
    there = [image for image in text.images if Path(image.path).is_file()]
    return {
        "type": TYPES[wanted],
        "timestamp": clock.now().isoformat(),
        "data": {
            **keys,
            "site": site,
            "kind": text.kind,
            "status": wanted,
            "title": text.title,
            "slug": text.slug,
            "meta_title": text.meta_title,
            "meta_description": text.meta_description,
            "excerpt": text.excerpt,
            "language": text.language,
            "keyword": text.keyword,
            "keywords": list(text.keywords),
            "html": text.html,
            "page": to_html(text),
            "markdown": to_markdown(text),
            "images": [
                {
                    "file_name": file_name(image.file_name),
                    "alt": image.alt,
                    "heading": image.heading,
                    "mime": mimetypes.guess_type(image.file_name)[0] or "image/webp",
                    "base64": base64.b64encode(Path(image.path).read_bytes()).decode(),
                }
                for image in there
            ],
        },
    }


def test_document(site: dict[str, str]) -> dict[str, Any]:
    """Return the document of “Send a test”."""
    return {"type": "test", "timestamp": clock.now().isoformat(), "data": {"site": site}}


def deliver(
    http: Client, log: Log, url: str, secret: str, message_id: str, payload: dict[str, Any]
) -> str:
    """Send a document and return the address in the receiver's response, or "".

    A receiver must ignore a `message_id` that it already knows. Raises TargetError.
    """
    body = json.dumps(payload, ensure_ascii=False).encode()
    timestamp = int(clock.now().timestamp())
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret, message_id, timestamp, body),
    }
    response = send(http, partial(_logged, log, message_id), "POST", url, headers, body)
    status = response.status_code
    if 200 <= status < 300:
        return _address(response.content)
    raise TargetError(
        _cause(status, response.headers.get("location", "")),
        error_kind(response),
        permanent=status not in TRANSIENT,
        retry_after=retry_after(response),
        is_unknown=status >= 500,
        status=status,
    )


def _logged(log: Log, message_id: str, line: str) -> None:
    log(f"{line} (webhook-id {message_id})")


def _address(body: bytes) -> str:
    """Return the web address in the field `url` of a JSON answer, or ""."""
    try:
        reply = json.loads(body)
    except ValueError:
        return ""
    return web_address(reply.get("url")) if isinstance(reply, dict) else ""


def _cause(status: int, location: str) -> str:
    if 300 <= status < 400:
        return f"The receiver redirects to {location or 'another address'}. Enter that address."
    if status in (401, 403):
        return f"The receiver refused the message ({status}). Check that it has the same secret."
    if status == 404:
        return "There is nothing at this address (404). Check it at the receiver."
    if status == GONE:
        return "The receiver wants no more messages (410). Add it again with a new address."
    if status == 413:
        return "The message is too large for the receiver (413). Raise its limit."
    if status == 429:
        return "The receiver asked to wait (429)."
    return f"The receiver answered {status}."

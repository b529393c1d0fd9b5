"""Redact secrets in logs and messages: registered ones, and text that looks like one."""

import re
from urllib.parse import quote

MASK = "••••"
MIN_SECRET_CHARS = 8  # shorter ones would redact ordinary words
MAX_SECRETS = 2000
SECRET_PATTERNS = (
    (re.compile(r"(?i)\b(bearer|basic)\s{1,4}[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\b(sk|pk|rk)-[A-Za-z0-9_-]{8,}"), rf"\1-{MASK}"),
    (
        re.compile(
            r"(?i)\b(api[_-]?key|access[_-]?token|token|secret|password|passwd)"
            r"([\"']?\s{0,4}[:=]\s{0,4}[\"']?)[^\s\"'&,;<>]{4,}"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"://[^\s/@:]{0,100}:[^\s/@]{1,200}@"), f"://{MASK}@"),
    (re.compile(r"(/(?:invitations|client)/)[A-Za-z0-9_-]{8,}"), rf"\1{MASK}"),  # secret links
    (re.compile(r"gAAAA[A-Za-z0-9_-]{40,}={0,2}"), MASK),
)
_known: dict[str, None] = {}


def register_secrets(*secrets: str | None) -> None:
    """Register secrets to be redacted from now on."""
    for secret in secrets:
        if secret and len(secret) >= MIN_SECRET_CHARS:
            _known.pop(secret, None)
            _known[secret] = None
    while len(_known) > MAX_SECRETS:
        _known.pop(next(iter(_known)))


def redact(text: str) -> str:
    """Return a text with secrets, registered or recognised by their form, replaced by MASK."""
    for secret in _known_spellings():
        text = text.replace(secret, MASK)
    for shape, blot in SECRET_PATTERNS:
        text = shape.sub(blot, text)
    return text


def redact_bytes(data: bytes) -> bytes:
    """Return bytes with registered secrets replaced by MASK."""
    for secret in _known_spellings():
        data = data.replace(secret.encode(), MASK.encode())
    return data


def _known_spellings() -> list[str]:
    """Return registered secrets, plain and percent-encoded, longest first."""
    forms = {form for secret in tuple(_known) for form in (secret, quote(secret, safe=""))}
    return sorted(forms, key=len, reverse=True)

"""Settings of the mail server for notifications, from environment variables.

An invalid value raises ConfigError.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from igny8.errors import ConfigError

Env = Mapping[str, str]

STARTTLS, TLS, PLAIN = "starttls", "tls", "none"
DEFAULT_PORTS = {STARTTLS: 587, TLS: 465, PLAIN: 25}
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
MAIL_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
)


@dataclass(frozen=True)
class MailSettings:
    """A mail server (SMTP); `security` is starttls, tls or none."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


def is_mail_address(text: str) -> bool:
    """Return whether a text is a bare mail address, without name and comments."""
    return len(text) <= 254 and MAIL_ADDRESS.fullmatch(text) is not None


def load(env: Env) -> MailSettings | None:
    """Return the settings of an environment, None without a mail server; raise ConfigError."""
    host = (env.get("IGNY8_SMTP_HOST") or "").strip()
    if not host:
        return None
    if not re.fullmatch(r"[A-Za-z0-9.:-]{1,253}", host):
        raise ConfigError(
            f"IGNY8_SMTP_HOST: {host!r} is not a host; write its name or address alone, such as "
            "smtp.example.com."
        )
    security = (env.get("IGNY8_SMTP_SECURITY") or STARTTLS).strip().lower()
    if security not in DEFAULT_PORTS:
        raise ConfigError(
            f"IGNY8_SMTP_SECURITY: {security!r} is not known; use starttls, tls or none."
        )
    user = (env.get("IGNY8_SMTP_USER") or "").strip()
    if user and security == PLAIN and host not in LOOPBACK_HOSTS:
        raise ConfigError(
            "IGNY8_SMTP_SECURITY: with “none” anyone on the way could read the password; use "
            "starttls or tls, or leave IGNY8_SMTP_USER out."
        )
    return MailSettings(
        host,
        _port(env, security),
        security,
        _sender(env),
        user,
        env.get("IGNY8_SMTP_PASSWORD") or "",
    )


def _port(env: Env, security: str) -> int:
    text = (env.get("IGNY8_SMTP_PORT") or str(DEFAULT_PORTS[security])).strip()
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise ConfigError(f"IGNY8_SMTP_PORT: {text!r} is not a port; use a number from 1 to 65535.")
    return int(text)


def _sender(env: Env) -> str:
    sender = (env.get("IGNY8_MAIL_FROM") or "").strip()
    if not is_mail_address(sender):
        raise ConfigError(
            f"IGNY8_MAIL_FROM: {sender!r} is not a mail address; enter the one that mails come "
            "from, such as igny8@example.com."
        )
    return sender

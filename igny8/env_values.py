"""Check single values of environment variables; an invalid one raises ConfigError."""

import re
from collections.abc import Mapping

from igny8.errors import ConfigError

Env = Mapping[str, str]
WEAK_SECRETS = {"secret", "dev", "changeme", "change-me", "password", "igny8", "test"}


def host_names(text: str) -> frozenset[str]:
    """Return the names of a comma-separated list, in lower case."""
    names = frozenset(name.strip().lower().rstrip(".") for name in text.split(",") if name.strip())
    wrong = sorted(name for name in names if not re.fullmatch(r"[a-z0-9.-]+", name))
    if wrong:
        raise ConfigError(
            f"IGNY8_ALLOWED_HOSTS: {wrong[0]!r} is not a host name; write comma-separated names, "
            "such as igny8.example.com,garden.lan, without scheme and port."
        )
    return names


def port_number(text: str) -> int:
    """Return the port in IGNY8_PORT."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ConfigError(f"IGNY8_PORT: {text!r} is not a port; use a number from 1 to 65535.")
    return int(text)


def proxy_hops(text: str) -> int:
    """Return the number of the operator's own proxies in front, from IGNY8_PROXY_HOPS."""
    if text not in "0123456789" or len(text) != 1:
        raise ConfigError(
            f"IGNY8_PROXY_HOPS: {text!r} is not a number of proxies; write how many of your own "
            "proxies are in front of IGNY8, from 0 to 9."
        )
    return int(text)


def positive_int(env: Env, name: str) -> int | None:
    """Return the positive integer in a variable, None if it is unset."""
    text = (env.get(name) or "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,6}", text):
        raise ConfigError(
            f"{name}: {text!r} is not a limit; use a whole number from 1, or leave it out."
        )
    return int(text)


def token(env: Env, name: str) -> str:
    """Return the token in a variable, empty if it is unset."""
    token = env.get(name) or ""
    if token and (len(token) < 16 or token.lower() in WEAK_SECRETS or not token.isascii()):
        raise ConfigError(f"{name}: too short; use at least 16 random characters, or leave it out.")
    return token

"""Limits for wrong sign-ins: per name, and per address or IPv6 network."""

import hashlib

from flask import request

from igny8.extensions import write_transaction
from igny8.models import RateLimit, User
from igny8.web.ui.filters import plural

# wrong attempts before waiting times begin
FREE_ATTEMPTS_PER_NAME, FREE_ATTEMPTS_PER_ADDRESS = 5, 20


def name_key(name: str) -> dict[str, int]:
    """Return the rate limit key of a user name with its free attempts."""
    key = hashlib.sha256(User.normalise_name(name).encode("utf-8", "replace")).hexdigest()[:32]
    return {f"login name {key}": FREE_ATTEMPTS_PER_NAME}


def address_key() -> dict[str, int]:
    """Return the rate limit key of the client's address (IPv6: /64) with its free attempts."""
    return {f"login address {client_network()}": FREE_ATTEMPTS_PER_ADDRESS}


def client_network() -> str:
    """Return the client's address, of an IPv6 address the /64 network."""
    address = request.remote_addr or ""
    return ":".join(address.split(":")[:4]) if ":" in address else address


def count_attempt(keys: dict[str, int]) -> float:
    """Count an attempt under all keys; return 0, or the seconds to wait instead."""
    with write_transaction() as tx:
        return max(RateLimit.attempt(tx, key, free) for key, free in keys.items())


def wait_message(seconds: float) -> str:
    """Return the sentence that tells how long to wait."""
    wait = (
        plural(round(seconds + 0.5), "second")
        if seconds < 90
        else plural(round(seconds / 60 + 0.5), "minute")
    )
    return f"Too many attempts. Wait {wait}, then try again."

"""Limit sign-in attempts per account, address and device.

Wrong passwords are counted per account and address block, per address block for all accounts, and
per account for all addresses. A browser that signed in to an account before has a device cookie;
its attempts for that account are counted separately, so that nobody else can lock the owner out
(OWASP: Slow Down Online Guessing Attacks with Device Cookies).
"""

from dataclasses import dataclass

from igny8.extensions import write_transaction
from igny8.models import RateLimit
from igny8.web.auth.known_devices import hash_name, read_device
from igny8.web.http.client_address import address_block
from igny8.web.ui.filters import plural

FREE_ATTEMPTS_PER_NAME = 5  # wrong ones from one address or device before waiting times begin
FREE_ATTEMPTS_PER_ADDRESS = 20
ATTEMPTS_PER_NAME_AND_HOUR = 100  # from all addresses together; known devices are exempt


@dataclass(frozen=True)
class SignInLimits:
    """The limits of one attempt; `device` is the id of a browser that knows the account, or ""."""

    name: str
    device: str
    address: str

    @staticmethod
    def of(name: str) -> "SignInLimits":
        """Return the limits for a name in this request."""
        device, hashed = read_device(), hash_name(name)
        known = device["id"] if hashed in device["names"] else ""
        return SignInLimits(hashed, known, address_block())

    def attempt(self) -> float:
        """Count an attempt before its outcome is known; return 0, or the seconds to wait."""
        with write_transaction() as tx:
            if self.device:
                return RateLimit.attempt(tx, self._own_key, FREE_ATTEMPTS_PER_NAME)
            # first the address, so that a refused one leaves no row for each name
            return (
                RateLimit.attempt(tx, self._address_key, FREE_ATTEMPTS_PER_ADDRESS)
                or RateLimit.attempt(tx, self._own_key, FREE_ATTEMPTS_PER_NAME)
                or RateLimit.take(
                    tx, f"login account {self.name}", ATTEMPTS_PER_NAME_AND_HOUR, 3600.0
                )
            )

    def record_success(self) -> None:
        """Reset the failed attempts of the account; those of the address for others stay."""
        with write_transaction() as tx:
            RateLimit.reset(tx, self._own_key)
            if not self.device:
                RateLimit.undo_attempt(tx, self._address_key, FREE_ATTEMPTS_PER_ADDRESS)

    @property
    def _own_key(self) -> str:
        where = f"device {self.device}" if self.device else f"from {self.address}"
        return f"login name {self.name} {where}"

    @property
    def _address_key(self) -> str:
        return f"login address {self.address}"


def address_key() -> dict[str, int]:
    """Return the rate limit key of the client's address with its number of free attempts."""
    return {f"login address {address_block()}": FREE_ATTEMPTS_PER_ADDRESS}


def count_attempt(keys: dict[str, int]) -> float:
    """Count an attempt under all keys; return 0, or the seconds to wait instead."""
    with write_transaction() as tx:
        return max(RateLimit.attempt(tx, key, free) for key, free in keys.items())


def wait_message(seconds: float) -> str:
    """Return the message with the waiting time."""
    wait = (
        plural(round(seconds + 0.5), "second")
        if seconds < 90
        else plural(round(seconds / 60 + 0.5), "minute")
    )
    return f"Too many attempts. Wait {wait}, then try again."

"""Rate limits in the memory of the process, for requests that must not write to the database."""

from threading import Lock

from flask import Flask

from igny8 import clock

MAX_KEYS = 10_000  # remembered at the same time
WRONG_TOKENS_PER_MINUTE = 30  # per address


class InMemoryRateLimiter:
    """Allow `max_requests` per key and `seconds` (generic cell rate algorithm, ITU-T I.371).

    Each process counts for itself, so several processes allow a multiple.
    """

    def __init__(self, max_requests: int, seconds: float = 60.0) -> None:
        self.step, self.span = seconds / max_requests, seconds
        self._due: dict[object, float] = {}
        self._lock = Lock()

    def take(self, key: str) -> float:
        """Count a request; return 0 if it is allowed, else the seconds to wait."""
        now = clock.monotonic()
        with self._lock:
            due = max(self._due.get(key, now), now)
            wait = due - now - (self.span - self.step)
            if wait > 1e-6:
                return wait
            self._due[key] = due + self.step
            if len(self._due) > MAX_KEYS:
                self._forget(now)
            return 0.0

    def _forget(self, now: float) -> None:
        """Forget keys without debt, and all keys if that is not enough, to limit memory."""
        self._due = {key: due for key, due in self._due.items() if due > now}
        if len(self._due) > MAX_KEYS:
            self._due.clear()


def register(app: Flask) -> None:
    """Add the limiters of API requests and of invalid tokens to the app."""
    app.extensions["igny8.api_rate_limiter"] = InMemoryRateLimiter(
        app.config["SETTINGS"].api_requests_per_minute
    )
    app.extensions["igny8.wrong_token_limiter"] = InMemoryRateLimiter(WRONG_TOKENS_PER_MINUTE)

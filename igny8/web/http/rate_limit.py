"""How often something may be asked, counted in this process: for what must not write to the database."""

from threading import Lock

from flask import Flask

from igny8 import clock

MAX_KEYS = 10_000  # who is remembered at once
WRONG_TOKENS_PER_MINUTE = 30  # a minute, from one address


class InMemoryRateLimiter:
    """`most` places for each key, which come back over `seconds`: the generic cell rate algorithm (ITU-T I.371).

    Several processes count each for themselves: together they let through as many times more.
    """

    def __init__(self, max_requests: int, seconds: float = 60.0) -> None:
        self.step, self.span = seconds / max_requests, seconds
        self._due: dict[object, float] = {}
        self._lock = Lock()

    def take(self, key: str) -> float:
        """Take a place; return 0, or the seconds to wait for one."""
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
        """Forget who owes nothing; when that is not enough, everybody: memory stays small in any flood."""
        self._due = {key: due for key, due in self._due.items() if due > now}
        if len(self._due) > MAX_KEYS:
            self._due.clear()


def register(app: Flask) -> None:
    """Let the app count what programs ask of the API, and tokens that open nothing."""
    app.extensions["igny8.api_rate_limiter"] = InMemoryRateLimiter(
        app.config["SETTINGS"].api_requests_per_minute
    )
    app.extensions["igny8.wrong_token_limiter"] = InMemoryRateLimiter(WRONG_TOKENS_PER_MINUTE)

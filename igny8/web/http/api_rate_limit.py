"""Rate limits of API requests and wrong tokens, counted in memory per process."""

from flask import Flask

from igny8.models.rate_limit import MemoryRateLimit

WRONG_TOKENS_PER_MINUTE = 30  # per address
OPENID_SIGN_INS_PER_MINUTE = 30  # per address or IPv6 network


def register(app: Flask) -> None:
    """Attach the in-memory rate limiters to the app."""
    app.extensions["igny8.api_rate_limiter"] = MemoryRateLimit(
        app.config["SETTINGS"].api_requests_per_minute
    )
    app.extensions["igny8.wrong_token_limiter"] = MemoryRateLimit(WRONG_TOKENS_PER_MINUTE)
    app.extensions["igny8.openid_limiter"] = MemoryRateLimit(OPENID_SIGN_INS_PER_MINUTE)

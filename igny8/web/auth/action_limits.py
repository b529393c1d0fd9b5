"""Limits per minute and user for actions that are expensive or could be guessed."""

from flask import g
from werkzeug.exceptions import TooManyRequests

from igny8.extensions import write_transaction
from igny8.formatting import pluralize
from igny8.models import RateLimit

PERIOD_S = 60
PER_MINUTE = {
    "add source": 60,
    "change part": 60,
    "cluster reasons": 30,
    "export": 30,
    "password": 10,  # tries per minute, no secret # nosec B105
    "second factor": 10,
    "start": 120,
    "test connection": 10,
    "test mail": 5,
    "test notification": 5,
    "test target": 10,
}


def enforce_rate_limit(action: str) -> None:
    """Count an action of the user; raise TooManyRequests above its limit per minute."""
    with write_transaction() as tx:
        key = f"{action} {g.current_user.user_id}"
        wait = RateLimit.take(tx, key, PER_MINUTE[action], PERIOD_S)
    if wait:
        seconds = round(wait + 0.5)
        message = f"Too many requests. Wait {pluralize(seconds, 'seconds')}, then try again."
        raise TooManyRequests(message, retry_after=seconds)

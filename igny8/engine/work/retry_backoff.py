"""Compute when failed work is tried again: exponential back-off with full jitter.

Used for items of runs, publications, part changes and readings of websites.

The number of attempts is decided by `Item.is_last_attempt` in stages/base.py.
"""

import random

MAX_CRASHES = 3  # at this crash of its worker an item fails instead of being requeued
MAX_BACKOFF_S = 60.0  # upper bound of the random delay
MAX_RETRY_AFTER_S = 900.0  # longest Retry-After of a provider that is respected
MAX_RATE_LIMIT_WAIT_S = 60.0  # longest delay of an item that our own rate limit held back
MAX_RETRY_WAIT_S = 900.0  # a later retry time was set by a clock that jumped: the item is due now


def retry_delay(attempt: int, retry_after: float | None) -> float:
    """Return the seconds until the next attempt, at least what the provider requested.

    `attempt` counts from 1; the random delay is uniform between 0 and 2 ** attempt seconds.
    """
    jitter = random.uniform(0.0, min(MAX_BACKOFF_S, 2.0**attempt))  # only spreads retries # nosec B311
    return max(jitter, min(retry_after or 0.0, MAX_RETRY_AFTER_S))


def rate_limit_delay(retry_after: float) -> float:
    """Return the seconds until an item that our own rate limit delayed is due."""
    return min(retry_after, MAX_RATE_LIMIT_WAIT_S)

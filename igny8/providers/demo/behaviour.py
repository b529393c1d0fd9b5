"""Settings of the demonstration provider: its latency and its error rates."""

import re
from dataclasses import dataclass, fields

from igny8.errors import ExternalError


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Latency and error rates of the demonstration provider.

    `latency` is the mean duration of a request in seconds. These are shares of requests, 0 to 1:
    `failures` (server error), `limits` (too many requests), `garbage` (unreadable answer),
    `permanent` (refusal), `empty` (no article planned). After `money_after` or `auth_after`
    requests of this process (0: never) requests fail for lack of money or an invalid key. `seed`
    selects the affected requests.
    """

    latency: float = 0.0
    failures: float = 0.0
    limits: float = 0.0
    garbage: float = 0.0
    permanent: float = 0.0
    empty: float = 0.0
    money_after: float = 0.0
    auth_after: float = 0.0
    seed: float = 1.0


SHARES = ("failures", "limits", "garbage", "permanent", "empty")


def parse_behaviour(text: str) -> Behaviour:
    """Return the behaviour described by a text such as "latency=0.4,failures=0.05".

    Raise ExternalError for any other text.
    """
    chosen, known = {}, {f.name for f in fields(Behaviour)}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        if name not in known or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
            raise ExternalError(
                f"IGNY8_DEMO: {part[:60]!r} is not understood. Write comma-separated name=number "
                f"pairs; a name is one of {', '.join(sorted(known))}.",
                kind="auth",
            )
        if name in SHARES and float(value) > 1:
            raise ExternalError(
                f"IGNY8_DEMO: {name} is a share of all requests, from 0 to 1.", kind="auth"
            )
        chosen[name] = float(value)
    return Behaviour(**chosen)

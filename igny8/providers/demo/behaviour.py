"""How the demonstration provider behaves: how slow it is, and what goes wrong how often."""

import re
from dataclasses import dataclass, fields

from igny8.errors import ExternalError


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`latency` is the mean of the seconds that a request takes. Shares of requests, 0 to 1: `failures`
    end as an error of the server, `limits` as too many requests, `garbage` as an answer that nobody
    can read, `permanent` as a refusal, `empty` plans no article. After `money_after` or `auth_after`
    requests of this process (0: never) the account is empty or the key is not valid any more.
    `seed` chooses which requests these are."""

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
    """Return what a text such as "latency=0.4,failures=0.05" asks for; raise OutsideError when it is no such text."""
    chosen, known = {}, {f.name for f in fields(Behaviour)}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        if name not in known or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value):
            raise ExternalError(
                f"IGNY8_DEMO: {part[:60]!r} is not understood; write name=number with commas between "
                f"them, where a name is one of {', '.join(sorted(known))}.",
                kind="auth",
            )
        if name in SHARES and float(value) > 1:
            raise ExternalError(
                f"IGNY8_DEMO: {name} is a share of all requests, from 0 to 1.", kind="auth"
            )
        chosen[name] = float(value)
    return Behaviour(**chosen)

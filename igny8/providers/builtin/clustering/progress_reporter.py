"""Report the progress of a clustering: the completed share of its work."""

from collections.abc import Callable

# each step's share of the work after loading, as measured on lists of 2,000 to 20,000 keywords;
# "read" encodes them
STEPS = {"read": 0.5, "compare": 0.08, "merge": 0.16, "cut": 0.2, "name": 0.06}
BEFORE = {name: sum(list(STEPS.values())[:at]) for at, name in enumerate(STEPS)}
_listeners: list[Callable[[float], None]] = []


def add_listener(listener: Callable[[float], None]) -> None:
    """Call `listener` with the completed share, 0 … 1, as it grows."""
    _listeners.append(listener)


def report(step: str, share: float) -> None:
    """Report that all earlier steps and this share, 0 … 1, of a step are done."""
    for listener in _listeners:
        listener(BEFORE[step] + STEPS[step] * min(1.0, share))

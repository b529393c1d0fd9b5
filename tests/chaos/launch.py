"""Start igny8's command line as a process of its own, with a fake provider or a bug on request.

`python -m tests.chaos.launch worker --workers 2` is `igny8 worker --workers 2`, except that

CHAOS_PROVIDER=fake    works with the fake provider, which needs CHAOS_THINK seconds an item
CHAOS_MUTANT=name      breaks the protocol on purpose (tests/chaos/mutants.py)
CHAOS_STALE=seconds    gives back what stands still after so long, and beats accordingly often
"""

import os
import threading

from igny8 import cli
from igny8.engine import recovery, tools
from tests.chaos import mutants
from tests.fakes import FakeProvider


class SlowProvider(FakeProvider):
    """The fake provider, thinking for a moment about everything."""

    def _call(self, name, about) -> None:
        threading.Event().wait(float(os.environ.get("CHAOS_THINK", "0.004")))
        super()._call(name, about)


def main() -> None:
    """Break and replace what the environment asks for, then be igny8."""
    if os.environ.get("CHAOS_PROVIDER") == "fake":
        tools.built_in = SlowProvider
    if os.environ.get("CHAOS_STALE"):
        recovery.STALE_AFTER = float(os.environ["CHAOS_STALE"])
        recovery.HEARTBEAT = recovery.STALE_AFTER / 6
    if os.environ.get("CHAOS_MUTANT"):
        mutants.MUTANTS[os.environ["CHAOS_MUTANT"]](setattr)
    cli.main()


if __name__ == "__main__":
    main()

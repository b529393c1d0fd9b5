"""Clocks that jump by an hour and by a day, forwards and backwards, in mid-run."""

from pathlib import Path

from tests.chaos.installation import SERVE, WORKER
from tests.chaos.scenario_runner import scenario

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


def faketime_needed() -> str:
    """Say that libfaketime is missing, where it is."""
    return "" if LIBRARIES else "libfaketime is not installed (Debian: faketime)"


def jump(*offsets: str):
    """Return a play in which the wall clock of all processes jumps while the run is on."""

    def play(runner, installation):
        clock = installation.folder / "clock"
        clock.write_text("+0")
        installation.env |= {
            "LD_PRELOAD": str(LIBRARIES[-1]),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        installation.start(*SERVE)
        installation.start(*WORKER)
        for turn, offset in enumerate(offsets, 1):
            installation.sample_until_share(turn / (len(offsets) + 1), runner.total)
            clock.write_text(offset)
            installation.faults += 1
        return " ".join(offsets)

    return play


for name, offsets in (
    ("clock-an-hour-on-and-back", ("+1h", "+0", "-1h", "+0")),
    ("clock-a-day-on-and-back", ("+1d", "+0", "-1d", "+0")),
):
    scenario(name=name, needs=faketime_needed, provider="demonstration", keywords=24)(
        jump(*offsets)
    )

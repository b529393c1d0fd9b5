"""The fault catalogue: each scenario a short function that disturbs a run, entered under its name."""

import importlib

MODULES = (
    "kills",
    "servers",
    "people",
    "sites",
    "outside",
    "disks",
    "clocks",
    "staff",
    "crowds",
    "apart",
    "soak",
)


def load() -> None:
    """Enter all scenarios, in the order in which they are played."""
    for name in MODULES:
        module(name)


def module(name: str):
    """Return a module of scenarios, for its plays with other numbers."""
    return importlib.import_module(f"{__name__}.{name}")

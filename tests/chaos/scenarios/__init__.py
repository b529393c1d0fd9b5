"""The fault catalogue: each scenario a short function that disturbs a run, entered under its name."""

import importlib

MODULES = (
    "kills",
    "server_outages",
    "user_actions",
    "people",
    "sites",
    "provider_faults",
    "disks",
    "clock_changes",
    "workers_and_upgrades",
    "load",
    "publishing",
    "real_wordpress",
    "network_partition",
    "soak",
)


def load_all() -> None:
    """Register all scenarios in the order of execution."""
    for name in MODULES:
        module(name)


def module(name: str):
    """Return a module of scenarios, for its plays with other numbers."""
    return importlib.import_module(f"{__name__}.{name}")

"""`igny8 doctor`: check an installation and say for each problem what to do about it."""

from igny8.upkeep.doctor.checks import run_checks
from igny8.upkeep.doctor.finding import Finding, is_healthy, report

__all__ = ["Finding", "is_healthy", "report", "run_checks"]

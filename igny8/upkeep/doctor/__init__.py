"""`igny8 doctor`: check an installation and suggest a remedy for each problem."""

from igny8.upkeep.doctor.checks import run_checks
from igny8.upkeep.doctor.finding import Finding, is_healthy, report

__all__ = ["Finding", "is_healthy", "report", "run_checks"]

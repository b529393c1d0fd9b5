"""When a model criticises an outline before writing, and its article afterwards."""

NEVER, ON_FINDINGS, ALWAYS = "never", "findings", "always"
CHOICES = {
    ON_FINDINGS: "If the free check finds a fault",
    ALWAYS: "For every article",
    NEVER: "Never",
}


def is_wanted(choice: str, *, has_findings: bool) -> bool:
    """Return whether a critique is asked for, by the site's choice and what a check found."""
    return choice == ALWAYS or (choice == ON_FINDINGS and has_findings)

"""Name the browser and operating system of a session."""

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def browser_name(agent: str) -> str:
    """Return browser and system from a User-Agent header: "Firefox on Linux"."""
    name = next((name for mark, name in BROWSERS if mark in agent), "A browser")
    system = next((system for mark, system in SYSTEMS if mark in agent), "")
    return f"{name} on {system}" if system else name

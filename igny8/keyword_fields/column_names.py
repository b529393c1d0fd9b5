"""Read column_names.txt: the column names that tools use for the fields of a keyword."""

from importlib import resources

FILE = "column_names.txt"


def read_names() -> dict[str, tuple[str, ...]]:
    """Return the names of each section; a line @section includes the names of that section."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            lines = sections.setdefault(line[1:-1], [])
        elif line.startswith("@"):
            lines += sections[line[1:]]
        elif line and not line.startswith("# "):
            lines.append(line)
    return {name: tuple(names) for name, names in sections.items()}

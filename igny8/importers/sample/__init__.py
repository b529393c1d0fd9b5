"""The bundled sample export: gardening keywords in the format of Ahrefs."""

from pathlib import Path


def sample_path() -> Path:
    """Return the path of the sample export."""
    return Path(__file__).with_name("gardening-keywords.csv")

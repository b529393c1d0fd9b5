"""The sample export that comes with the product: gardening keywords, as Ahrefs writes them."""

from pathlib import Path


def sample_path() -> Path:
    """Return the path of the sample export."""
    return Path(__file__).with_name("gardening-keywords.csv")

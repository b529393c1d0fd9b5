"""A real WordPress behind a proxy that cuts lines, as the outside checker reads it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.publishing.http_server import serving
from tests.wordpress.cut_lines import CutLines
from tests.wordpress.server import RealWordPress
from tests.wordpress.tables import read_tables


class Observed:
    """What the checker reads of a site: its tables, and what arrived at the proxy."""

    def __init__(self, wordpress: RealWordPress, lines: CutLines, url: str) -> None:
        self.wordpress, self.lines, self.url = wordpress, lines, url

    @property
    def posts(self) -> dict[int, dict]:
        return read_tables(self.wordpress.database).posts

    @property
    def media(self) -> dict[int, dict]:
        return read_tables(self.wordpress.database).media

    @property
    def asked(self) -> list[str]:
        return self.lines.asked

    @property
    def made(self) -> int:
        return self.lines.made


@contextmanager
def observed_wordpress(
    folder: Path, dice: random.Random, moments: tuple[str, ...]
) -> Iterator[Observed]:
    """Start a WordPress in a folder and a proxy before it that cuts at these moments."""
    wordpress = RealWordPress(folder)
    wordpress.start()
    try:
        lines = CutLines(wordpress.url, dice, moments)
        with serving(lines) as url:
            yield Observed(wordpress, lines, url)
    finally:
        wordpress.stop()

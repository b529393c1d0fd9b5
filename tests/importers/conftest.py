"""What the importer tests share."""

import pytest

from igny8.importers import read


@pytest.fixture
def take():
    """Return a function that reads text or bytes and gives (rows, report)."""

    def take_rows(data: str | bytes, filename: str = "keywords.csv", mapping=None):
        data = data.encode() if isinstance(data, str) else data
        reading = read(data, filename, mapping)
        return list(reading), reading.report

    return take_rows

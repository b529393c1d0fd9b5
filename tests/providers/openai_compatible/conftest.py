"""A scripted model server for each test."""

import pytest

from tests.providers.openai_compatible.server import model_server


@pytest.fixture
def server():
    """Return a server that answers as it is told."""
    with model_server() as state:
        yield state

"""The queue is a bell: a file that is spoilt is set aside, and nothing is lost with it."""

import random

import pytest

from igny8.errors import Igny8Error
from igny8.extensions import open_queue


def test_a_spoilt_queue_is_set_aside_and_made_anew(tmp_path):
    garbage = random.Random(1).randbytes(8192)
    (tmp_path / "huey.db").write_bytes(garbage)
    huey = open_queue(f"sqlite:///{tmp_path / 'huey.db'}")
    assert huey.pending_count() == 0
    assert (tmp_path / "huey.db.spoilt").read_bytes() == garbage


def test_a_queue_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "huey.db").mkdir()
    with pytest.raises(Igny8Error, match="HUEY_URL"):
        open_queue(f"sqlite:///{tmp_path / 'huey.db'}")
    assert (tmp_path / "huey.db").is_dir()

"""Who repeats a trouble all the time is heard once a minute; whoever else says something is heard at once."""

import logging
from datetime import timedelta

import pytest

from igny8 import clock, logs


@pytest.fixture
def heard(monkeypatch):
    """Return what came through, and a function that lets a minute pass."""
    came, gone = [], [0.0]
    handler = logging.Handler()
    handler.emit = lambda record: came.append(record.getMessage())
    handler.addFilter(logs.RepeatFilter())
    real = clock.monotonic
    monkeypatch.setattr(clock, "monotonic", lambda: real() + gone[0])
    logging.getLogger().addHandler(handler)
    yield came, lambda: gone.__setitem__(0, gone[0] + timedelta(minutes=1).total_seconds())
    logging.getLogger().removeHandler(handler)


def test_a_trouble_that_comes_again_and_again_is_told_once_a_minute_with_its_count(heard):
    came, wait = heard
    for _ in range(1000):
        for number in (1, 2):
            logging.getLogger(f"huey.consumer.Worker-{number}").error("Error reading from queue")
    wait()
    logging.getLogger("huey.consumer.Worker-1").error("Error reading from queue")
    assert came == [
        "Error reading from queue",
        "Error reading from queue (1,999 more since this was said last)",
    ]


def test_another_trouble_of_the_same_is_told_at_once_and_others_are_never_held_back(heard):
    came, _ = heard
    logging.getLogger("igny8.jobs").warning("one")
    logging.getLogger("igny8.jobs").warning("two")
    logging.getLogger("igny8.jobs").warning("two", exc_info=ValueError("another cause"))
    for _ in range(3):
        logging.getLogger("igny8.engine.work.worker_loop").warning("three")
    assert came == ["one", "two", "two", "three", "three", "three"]

"""Repeated warnings are logged once per minute; all others at once."""

import logging
from datetime import timedelta

import pytest

from igny8 import clock, logs


@pytest.fixture
def heard(monkeypatch):
    """Return the logged messages, and a function that advances the clock by a minute."""
    came, gone = [], [0.0]
    handler = logging.Handler()
    handler.emit = lambda record: came.append(record.getMessage())
    handler.addFilter(logs.RepeatFilter())
    real = clock.monotonic
    monkeypatch.setattr(clock, "monotonic", lambda: real() + gone[0])
    logging.getLogger().addHandler(handler)
    yield came, lambda: gone.__setitem__(0, gone[0] + timedelta(minutes=1).total_seconds())
    logging.getLogger().removeHandler(handler)


def test_repeated_warning_is_logged_once_per_minute_with_count(heard):
    came, wait = heard
    for _ in range(1000):
        for number in (1, 2):
            logging.getLogger(f"huey.consumer.Worker-{number}").error("Error reading from queue")
    wait()
    logging.getLogger("huey.consumer.Worker-1").error("Error reading from queue")
    assert came == [
        "Error reading from queue",
        "Error reading from queue (1,999 more since this was last logged)",
    ]


def test_different_warnings_are_logged_at_once(heard):
    came, _ = heard
    logging.getLogger("igny8.jobs").warning("one")
    logging.getLogger("igny8.jobs").warning("two")
    logging.getLogger("igny8.jobs").warning("two", exc_info=ValueError("another cause"))
    for _ in range(3):
        logging.getLogger("igny8.engine.work.worker_loop").warning("three")
    assert came == ["one", "two", "two", "three", "three", "three"]

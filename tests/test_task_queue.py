"""The task queue: damaged files, separate installations, and unsigned messages."""

import logging
import pickle
import random
import sqlite3

import psycopg
import pytest
import redis

from igny8.errors import Igny8Error
from igny8.task_queue import open_queue, queue_name
from tests.conftest import SECRET, on_postgresql
from tests.servers import Redis, running

UNPICKLED = []


class Payload:
    """Tells when it is unpickled, as an attacker's command would."""

    def __reduce__(self):
        return UNPICKLED.append, ("code ran",)


def test_damaged_queue_file_is_renamed_and_replaced(tmp_path):
    garbage = random.Random(1).randbytes(8192)
    (tmp_path / "huey.db").write_bytes(garbage)
    huey = open_queue(f"sqlite:///{tmp_path / 'huey.db'}", SECRET)
    assert huey.pending_count() == 0
    assert (tmp_path / "huey.db.damaged").read_bytes() == garbage


def test_queue_that_cannot_be_opened_names_its_variable(tmp_path):
    (tmp_path / "huey.db").mkdir()
    with pytest.raises(Igny8Error, match="HUEY_URL"):
        open_queue(f"sqlite:///{tmp_path / 'huey.db'}", SECRET)
    assert (tmp_path / "huey.db").is_dir()


@on_postgresql
def test_installations_sharing_a_server_have_separate_queues(database):
    server = database.url.replace("+psycopg", "")
    ours, copy = (
        open_queue(server, SECRET, queue_name(f"postgresql+psycopg://me@db/{name}"))
        for name in ("green", "copy")
    )
    ours.task(name="wakeup")(lambda: None)()
    assert (ours.pending_count(), copy.pending_count()) == (1, 0)
    ours.storage.close()
    copy.storage.close()


def test_queue_name_ignores_database_user_and_password():
    assert queue_name("postgresql+psycopg://me:secret@db/green") == queue_name(
        "postgresql+psycopg://you@db/green?a=b"
    )
    assert queue_name("sqlite:////srv/a.db") != queue_name("sqlite:////srv/b.db")


@pytest.fixture
def redis_url():
    """Return the URL of a Redis server that asks for a password."""
    with running(Redis()) as server:
        yield server.url


def on_sqlite_file(tmp_path, request):
    def push(data: bytes) -> None:
        with sqlite3.connect(tmp_path / "huey.db") as line:
            line.execute("INSERT INTO task (queue, data, priority) VALUES ('igny8', ?, 0)", [data])

    return f"sqlite:///{tmp_path / 'huey.db'}", push


def on_redis(tmp_path, request):
    url = request.getfixturevalue("redis_url")
    return url, lambda data: redis.Redis.from_url(url).lpush("huey.redis.igny8", data)


def in_postgresql(tmp_path, request):
    url = request.getfixturevalue("database").url.replace("+psycopg", "")

    def push(data: bytes) -> None:
        with psycopg.connect(url) as line:
            line.execute(
                "INSERT INTO huey_task (queue, data, priority) VALUES ('igny8', %s, 0)", [data]
            )

    return url, push


def check_unsigned_message_is_dropped(place, tmp_path, request, caplog):
    UNPICKLED.clear()
    url, push = place(tmp_path, request)
    huey = open_queue(url, SECRET)
    wakeup = huey.task(name="wakeup")(lambda: None)
    signed_elsewhere = open_queue(url, "another secret of an installation", "other")
    for message in (
        pickle.dumps(Payload()),
        pickle.dumps(Payload()) + b":" + b"0" * 40,
        signed_elsewhere.serializer.serialize(Payload()),
        b"",
    ):
        push(message)
        with caplog.at_level(logging.WARNING, "igny8.task_queue"):
            caplog.clear()
            assert huey.dequeue() is None
        assert not UNPICKLED and "did not sign" in caplog.text and "Traceback" not in caplog.text
        assert huey.pending_count() == 0
    wakeup()
    assert huey.dequeue().name == "wakeup"
    for queue in (huey, signed_elsewhere):
        queue.storage.close()


@pytest.mark.parametrize("place", [on_sqlite_file, on_redis], ids=["sqlite", "redis"])
def test_unsigned_message_is_never_unpickled(place, tmp_path, request, caplog):
    check_unsigned_message_is_dropped(place, tmp_path, request, caplog)


@on_postgresql
def test_unsigned_message_in_postgresql_is_never_unpickled(database, tmp_path, request, caplog):
    check_unsigned_message_is_dropped(in_postgresql, tmp_path, request, caplog)

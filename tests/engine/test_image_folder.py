"""Images wait while their folder is full or cannot be written, and continue by themselves."""

import errno

import pytest
from sqlalchemy import select

from igny8.engine.runs import start_run
from igny8.engine.work import image_storage
from igny8.extensions import read_transaction
from igny8.models import RunEvent, RunItem
from tests.chaos.checker import check
from tests.factories import change_settings, make_keywords


@pytest.fixture
def started(site):
    """Start a run with one image per article."""
    change_settings(site.id, images_per_article=1)
    make_keywords(site.id, 4)
    start_run.start_run(site.id)


def events(kind: str) -> list[str]:
    """Return the messages of the events of a kind."""
    with read_transaction() as tx:
        query = select(RunEvent.message).where(RunEvent.kind == kind).order_by(RunEvent.id)
        return list(tx.execute(query).scalars())


def failed_items() -> list:
    """Return the failed items."""
    with read_transaction() as tx:
        return tx.execute(select(RunItem.id).where(RunItem.state == "failed")).all()


def drain_for(inline_worker, minutes: int, hours_later) -> None:
    """Work, sweep and let a minute pass, again and again."""
    for _ in range(minutes):
        inline_worker.drain()
        inline_worker.sweep()
        hours_later(61)
        inline_worker.sweep()


def test_images_wait_while_the_folder_cannot_be_written_and_then_continue(
    app, started, inline_worker, run_of, hours_later, file
):
    images = app.config["SETTINGS"].images
    images.rmdir()
    images.write_text("not a folder")
    drain_for(inline_worker, 5, hours_later)
    inline_worker.drain()
    inline_worker.sweep()
    row = run_of()
    assert (row.state, row.block_kind) == ("blocked", "disk")
    assert str(images) in row.status_reason and "may write" in row.status_reason
    assert failed_items() == [] and len(events("blocked")) == 1
    images.unlink()
    hours_later(61)
    inline_worker.sweep()
    inline_worker.drain()
    assert run_of().state == "completed" and check(file) == []


def test_images_wait_while_the_disk_is_full(
    started, inline_worker, run_of, hours_later, monkeypatch
):
    def fill(target, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(image_storage, "_write_atomically", fill)
        drain_for(inline_worker, 3, hours_later)
    assert failed_items() == []
    assert "No space left on device" in events("blocked")[0]
    hours_later(61)
    inline_worker.sweep()
    inline_worker.drain()
    assert run_of().state == "completed"

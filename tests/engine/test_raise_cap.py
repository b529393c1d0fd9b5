"""Raising a cap takes effect once, however often and by how many the same page is submitted."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from igny8.engine.runs import controls, start_run
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction
from igny8.models import Run, RunEvent, SiteSettings
from tests.factories import change_settings, make_keywords

PARALLEL_POSTS = 50


@pytest.fixture
def blocked(site):
    """Return a function that reads the row of a run which is blocked by its cap of 30 credits."""
    change_settings(site.id, cap_run=30, cap_month=1_000)
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    with controls.write_transaction() as tx:
        row = Run.find(tx, site.id)
        Run.block(tx, row.id, "budget", "The cap is reached.")
    controls.advance(row.id)

    def read():
        with read_transaction() as tx:
            return Run.find(tx, site.id)

    assert read().state == "blocked"
    return read


def caps(site_id: int) -> tuple:
    """Return the caps of the run and of the month, and how many events say that they were raised."""
    with read_transaction() as tx:
        row = Run.find(tx, site_id)
        month = tx.execute(SiteSettings.__table__.select()).one().cap_month
        raised = tx.execute(RunEvent.__table__.select().where(RunEvent.kind == "raised")).all()
    return row.credits_cap, month, len(raised)


def test_double_click_raises_the_caps_once(site, blocked):
    seen = blocked().version
    assert controls.raise_cap(site.id, 40, seen)
    assert not controls.raise_cap(site.id, 40, seen)
    assert caps(site.id) == (70, 1_040, 1)
    assert blocked().state == "running"


def test_fifty_parallel_posts_raise_the_caps_once(app, site, blocked):
    seen = blocked().version

    def post(_) -> bool:
        with app.app_context():
            return controls.raise_cap(site.id, 40, seen)

    with ThreadPoolExecutor(PARALLEL_POSTS) as pool:
        changed = list(pool.map(post, range(PARALLEL_POSTS)))
    assert sum(changed) == 1
    assert caps(site.id) == (70, 1_040, 1)


def test_outdated_page_cannot_raise_the_caps_again(site, blocked):
    seen = blocked().version
    controls.raise_cap(site.id, 40, seen)
    with controls.write_transaction() as tx:
        Run.block(tx, blocked().id, "budget", "The cap is reached.")
    with pytest.raises(ActionRefused, match="The caps have changed"):
        controls.raise_cap(site.id, 40, seen)
    assert caps(site.id) == (70, 1_040, 1)

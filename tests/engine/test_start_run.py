"""A site has one open run, whoever starts it and however often."""

import threading

import pytest
from sqlalchemy import func, select

from igny8.engine.runs import start_run
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction
from igny8.models import Run, RunItem
from tests.chaos.checker import check
from tests.factories import make_keywords, make_site


def test_second_start_answers_with_the_active_run(site, file):
    make_keywords(site.id, 4)
    first, started = start_run.start_run(site.id)
    assert started
    assert start_run.start_run(site.id) == (first, False)
    assert check(file) == []


def test_hundred_parallel_clicks_start_one_run(app, site, file):
    make_keywords(site.id, 8)
    answers, ready = [], threading.Barrier(100)

    def click():
        with app.app_context():
            ready.wait(30)
            answers.append(start_run.start_run(site.id))

    threads = [threading.Thread(target=click) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 100
    assert len({public_id for public_id, _ in answers}) == 1
    assert sum(started for _, started in answers) == 1
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).select_from(RunItem)).scalar() == 8
    assert check(file) == []


def test_each_site_may_have_an_open_run(site, file):
    other = make_site("red")
    for owner in (site.id, other):
        make_keywords(owner, 4)
        assert start_run.start_run(owner)[1]
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).where(Run.state == "running")).scalar() == 2
    assert check(file) == []


def test_deleted_site_is_refused_by_name(app):
    with pytest.raises(ActionRefused, match="does not exist"):
        start_run.start_run(77)


def test_run_numbers_are_consecutive(site, drain, run_of):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    drain()
    start_run.start_run(site.id)
    assert (run_of().number, run_of().state) == (2, "nothing_to_do")

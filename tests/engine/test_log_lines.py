"""The numbers in the log of a run agree with those of its stages."""

import re

from sqlalchemy import select

from igny8.engine.runs import start_run
from igny8.errors import ExternalError
from igny8.extensions import read_transaction
from igny8.models import RunEvent, RunStage
from tests.factories import change_settings, make_keywords
from tests.fakes import FakeProvider


def lines() -> list[str]:
    with read_transaction() as tx:
        return list(tx.execute(select(RunEvent.message).order_by(RunEvent.id)).scalars())


def refused(_):
    return ExternalError("refused", kind="refused", permanent=True)


def test_batch_messages_add_up_to_the_clusters_of_the_stage(site, inline_worker):
    change_settings(site.id, batches={"cluster": 5})
    make_keywords(site.id, 24, a_cluster=3)
    start_run.start_run(site.id)
    inline_worker.drain()
    told = [line for line in lines() if line.startswith("Grouped")]
    new = [
        int(found.group(1))
        for line in told
        if (found := re.search("([0-9]+)(?: of them)? new", line))
    ]
    with read_transaction() as tx:
        made = tx.execute(select(RunStage.made).where(RunStage.number == 1)).scalar_one()
    assert len(told) == 5 and sum(new) == made == 8


def test_stage_whose_items_all_failed_shows_their_number(site, inline_worker):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain(FakeProvider(fails={"write": refused}))
    assert "Stage 4 done · 0 briefs from 2 accepted ideas · 2 failed" in lines()

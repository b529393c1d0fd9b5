"""Clusters as people shape them: nothing is lost, runs respect it, and it can be undone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import insert, select, update

from igny8.engine.clusters import edits
from igny8.engine.clusters.undo import undo
from igny8.engine.runs import start_run
from igny8.engine.runs.gate_decisions import change_gates
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    Cluster,
    ClusterChange,
    Content,
    Gate,
    Gates,
    Idea,
    Keyword,
    Run,
    RunItem,
    RunStage,
    Task,
)
from igny8.models.gate import EVERY
from igny8.providers.builtin.provider import BuiltIn
from tests.factories import make_keywords
from tests.fakes import FakeProvider

WORDS = ["garden shed", "garden sheds", "wooden garden shed", "lawn mower", "lawn mowers"]
MEMBERS = {"keyword": Keyword, "idea": Idea, "task": Task, "content": Content}


@pytest.fixture
def grouped(site, drain):
    """Return the ids of the clusters of a site whose run ended: keywords, ideas and articles."""
    make_keywords(site.id, 12)
    start_run.start_run(site.id)
    drain()
    return sorted(current())


def current() -> dict[int, str]:
    with read_transaction() as tx:
        rows = tx.execute(select(Cluster.id, Cluster.name).where(Cluster.merged_into_id.is_(None)))
        return dict(rows.all())


def homes() -> dict[str, dict[int, int]]:
    """Return by table {row id: cluster id} of everything that is in a cluster."""
    with read_transaction() as tx:
        return {
            name: dict(tx.execute(select(model.id, model.cluster_id)).all())
            for name, model in MEMBERS.items()
        }


def keywords_of(cluster_id: int) -> list[int]:
    return sorted(key for key, home in homes()["keyword"].items() if home == cluster_id)


def status(cluster_id: int) -> str:
    with read_transaction() as tx:
        return tx.execute(select(Cluster.status).where(Cluster.id == cluster_id)).scalar_one()


def change(action, *args, **more):
    with write_transaction() as tx:
        return action(tx, *args, "anna", **more)


def last_change(site_id: int) -> int:
    with read_transaction() as tx:
        return ClusterChange.latest(tx, site_id).id


def test_merge_moves_keywords_ideas_and_articles(site, grouped):
    first, second = grouped[:2]
    before = homes()
    assert change(edits.merge, site.id, [first, second], first) == len(
        [1 for home in before["keyword"].values() if home == second]
    )
    after = homes()
    for name, rows in before.items():
        moved = {key: first if home == second else home for key, home in rows.items()}
        assert after[name] == moved, name
    assert second not in current()
    assert status(first) == "new"  # decision 4: a cluster that grows is new again


def test_undone_merge_restores_every_row(site, grouped):
    before, names = homes(), current()
    change(edits.merge, site.id, grouped, grouped[0])
    assert homes() != before
    change(undo, site.id, last_change(site.id))
    assert homes() == before and current() == names


def test_split_moves_ideas_with_their_primary_keyword(site, grouped):
    source = grouped[0]
    with read_transaction() as tx:
        ideas = select(Idea.id, Idea.primary_keyword_id).where(Idea.cluster_id == source)
        idea_id, primary = tx.execute(ideas).first()
    (made,) = change(edits.split, site.id, source, [("Apart", [primary])])
    assert keywords_of(made) == [primary]
    rows = homes()
    assert rows["idea"][idea_id] == made
    assert len([1 for home in rows["task"].values() if home == made]) == 1
    assert len([1 for home in rows["content"].values() if home == made]) == 1


def test_keyword_covered_by_another_clusters_idea_is_not_planned_again(site, grouped, drain):
    source = grouped[0]
    with write_transaction() as tx:
        ideas = select(Idea.id, Idea.primary_keyword_id).where(Idea.cluster_id == source)
        (covering, primary), *others = tx.execute(ideas).all()
        secondary = min({*keywords_of(source)} - {primary, *(row[1] for row in others)})
        word = {"key": secondary, "text": "word", "volume": None, "difficulty": None}
        tx.execute(update(Idea).where(Idea.id == covering).values(secondary=[word]))
    before = len(homes()["idea"])
    (made,) = change(edits.split, site.id, source, [("Apart", [secondary])])
    with read_transaction() as tx:
        elsewhere = select(Cluster.covered_elsewhere).where(Cluster.id == made)
        assert tx.execute(elsewhere).scalar_one() == {str(secondary): covering}
    start_run.start_run(site.id)
    drain()
    assert status(made) == "mapped"
    assert len(homes()["idea"]) == before


def test_undone_split_leaves_nothing_behind(site, grouped, drain):
    source, before = grouped[0], homes()
    kept, *moved = keywords_of(source)
    (made,) = change(edits.split, site.id, source, [("Apart", moved)])
    start_run.start_run(site.id)
    drain()
    change(undo, site.id, last_change(site.id))
    after = homes()
    assert made not in current()
    assert {key: after["keyword"][key] for key in before["keyword"]} == before["keyword"]
    assert made not in {home for rows in after.values() for home in rows.values()}


def test_moved_keywords_return_on_undo(site, grouped):
    first, second = grouped[:2]
    word, before = keywords_of(first)[0], homes()
    assert change(edits.move, site.id, first, [word], second) == 1
    assert word in keywords_of(second) and status(second) == "new"
    change(undo, site.id, last_change(site.id))
    assert homes() == before


def test_change_with_later_changes_cannot_be_undone(site, grouped):
    first, second = grouped[:2]
    word = keywords_of(first)[0]
    change(edits.move, site.id, first, [word], second)
    early = last_change(site.id)
    change(edits.move, site.id, second, [word], first)
    with pytest.raises(ActionRefused, match="later change"):
        change(undo, site.id, early)
    change(undo, site.id, last_change(site.id))
    change(undo, site.id, early)
    with pytest.raises(ActionRefused, match="undone already"):
        change(undo, site.id, early)


def test_split_leaves_keywords_in_the_cluster(site, grouped):
    before = homes(), current()
    with pytest.raises(ActionRefused, match="leave at least one"):
        change(edits.split, site.id, grouped[0], [("All", keywords_of(grouped[0]))])
    assert (homes(), current()) == before


def test_name_of_another_cluster_is_refused(site, grouped):
    names = current()
    with pytest.raises(ActionRefused, match="already"):
        change(edits.rename, site.id, grouped[0], names[grouped[1]].upper(), "Broad")
    assert change(edits.rename, site.id, grouped[0], "My own name", "My own pillar")
    assert current()[grouped[0]] == "My own name"
    change(undo, site.id, last_change(site.id))
    assert current() == names


@pytest.mark.parametrize("locked", [0, 1])
def test_locked_cluster_is_not_changed(site, grouped, locked):
    first, second = grouped[:2]
    with write_transaction() as tx:
        assert Cluster.lock(tx, site.id, [grouped[locked]]) == 1
    before = homes()
    for refused in (
        lambda: change(edits.merge, site.id, [first, second], first),
        lambda: change(edits.move, site.id, first, keywords_of(first)[:1], second),
    ):
        with pytest.raises(ActionRefused, match="is locked"):
            refused()
    assert homes() == before


@pytest.mark.parametrize("locked", [False, True])
def test_new_keywords_do_not_join_a_locked_cluster(site, drain, locked):
    with write_transaction() as tx:
        _insert_words(tx, site.id, WORDS)
    start_run.start_run(site.id)
    drain(BuiltIn())
    with write_transaction() as tx:
        Cluster.lock(tx, site.id, list(current()), locked)
        _insert_words(tx, site.id, ["wooden garden sheds", "cheap garden sheds"])
    before = {key: keywords_of(key) for key in current()}
    start_run.start_run(site.id)
    drain(BuiltIn())
    assert (before == {key: keywords_of(key) for key in before}) == locked
    assert None not in homes()["keyword"].values()
    assert len(current()) > len(before) or not locked


def _insert_words(tx, site_id: int, words: list[str]) -> None:
    rows = [{"site_id": site_id, "phrase": word, "phrase_key": word} for word in words]
    tx.execute(insert(Keyword), rows)


class LockingProvider(FakeProvider):
    """A provider that is busy grouping while somebody locks all clusters of a site."""

    def cluster(self, *args):
        with write_transaction() as tx:
            Cluster.lock(tx, 1, list(current()))
        return super().cluster(*args)


def test_cluster_locked_during_a_run_leaves_its_keywords_for_the_next(site, grouped, drain):
    make_keywords(site.id, 12, start=100, a_cluster=100)  # all of the known cluster “topic1”
    start_run.start_run(site.id)
    before = homes()["keyword"]
    drain(LockingProvider())
    assert homes()["keyword"] == before
    with read_transaction() as tx:
        waiting = tx.execute(select(Keyword.status).where(Keyword.cluster_id.is_(None)))
        assert set(waiting.scalars()) == {"new"}
        reasons = select(RunItem.error).where(RunItem.state == "skipped")
        assert len(tx.execute(reasons).all()) == 12
        assert all("was locked" in reason for reason in tx.execute(reasons).scalars())
    with write_transaction() as tx:
        Cluster.lock(tx, site.id, grouped, locked=False)
    start_run.start_run(site.id)
    drain(FakeProvider())
    assert None not in homes()["keyword"].values()


def test_new_cluster_may_reuse_the_old_name_of_a_renamed_one(site, drain):
    with write_transaction() as tx:
        _insert_words(tx, site.id, WORDS)
    start_run.start_run(site.id)
    drain(BuiltIn())
    shed = next(key for key, name in current().items() if "shed" in name)
    name, words = current()[shed], keywords_of(shed)
    change(edits.rename, site.id, shed, "Outbuildings", "Outbuildings")
    with write_transaction() as tx:
        Cluster.lock(tx, site.id, [shed])
        tx.execute(update(Keyword).where(Keyword.phrase == name).values(phrase="summer house"))
        _insert_words(tx, site.id, [f"{name} kit", f"{name} kits"])
    start_run.start_run(site.id)
    drain(BuiltIn())
    assert keywords_of(shed) == words
    with read_transaction() as tx:
        slugs = tx.execute(select(Cluster.slug)).scalars().all()
    assert len(slugs) == len(set(slugs))
    assert None not in homes()["keyword"].values()


def held_run(site, drain):
    """Start a run that waits after clustering; return it."""
    change_gates(site.id, Gates({1: Gate(EVERY)}))
    make_keywords(site.id, 12, start=200)
    start_run.start_run(site.id)
    drain()
    with read_transaction() as tx:
        return Run.find_open(tx, site.id)


def counters(run_id: int, stage: int) -> dict[str, int]:
    names = ("input", "queued", "active", "done", "failed", "skipped", "cancelled")
    with read_transaction() as tx:
        query = select(RunStage.__table__).where(
            RunStage.run_id == run_id, RunStage.number == stage
        )
        row = tx.execute(query).one()
        return {name: getattr(row, name) for name in names}


def test_merge_during_a_run_keeps_its_counters_correct(site, drain):
    run = held_run(site, drain)
    ids = sorted(current())
    before = counters(run.id, 2)
    change(edits.merge, site.id, ids[:2], ids[0])
    after = counters(run.id, 2)
    assert after == before | {"queued": before["queued"] - 1, "skipped": before["skipped"] + 1}
    assert after["input"] == sum(count for name, count in after.items() if name != "input")
    with read_transaction() as tx:
        of_merged = (
            (RunItem.run_id == run.id) & (RunItem.stage == 2) & (RunItem.subject_id == ids[1])
        )
        item = tx.execute(select(RunItem.state, RunItem.error).where(of_merged)).one()
    assert item.state == "skipped" and "merged into" in item.error


def test_undone_split_during_a_run_skips_the_merged_items(site, drain, grouped):
    (made,) = change(edits.split, site.id, grouped[0], [("Apart", keywords_of(grouped[0])[:1])])
    run = held_run(site, drain)
    before = counters(run.id, 2)
    change(undo, site.id, last_change(site.id))
    after = counters(run.id, 2)
    assert after["skipped"] == before["skipped"] + 1
    assert after["input"] == before["input"]
    assert made not in current()


def test_parallel_renames_give_a_name_to_one_cluster(app, site, grouped, monkeypatch):
    both_checked, check = threading.Barrier(2), edits._require_free_name

    def check_and_wait(*args) -> None:
        check(*args)
        with suppress(threading.BrokenBarrierError):
            both_checked.wait(0.5)  # breaks where the other one has to wait for this one

    def rename(cluster_id: int) -> bool:
        with app.app_context():
            try:
                return change(edits.rename, site.id, cluster_id, "Beds", "Garden")
            except ActionRefused:
                return False

    monkeypatch.setattr(edits, "_require_free_name", check_and_wait)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(rename, grouped[:2]))
    assert sorted(done) == [False, True]
    assert [name for name in current().values() if name == "Beds"] == ["Beds"]

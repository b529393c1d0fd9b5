"""Imports are claimed, merged batch by batch, resumed, cancelled, given up and undone."""

import os
import signal
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from igny8 import clock
from igny8.engine import claim_lease, keyword_import
from igny8.engine.keyword_import import claims, import_worker
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    Cluster,
    ImportRow,
    Keyword,
    KeywordChange,
    KeywordImport,
    KeywordVariant,
    Site,
)
from tests.chaos.processes import Forked
from tests.conftest import SECRET
from tests.waiting import until

import_table, keyword = KeywordImport.__table__, Keyword.__table__
ROWS = 2_500


@pytest.fixture
def queue(app, site, tmp_path):
    """Return a function that confirms a file of this text and returns the id of its import."""

    def confirm(text: str, name: str = "a.csv", of_site: int | None = None) -> int:
        path = tmp_path / f"{clock.now().timestamp()}-{name}"
        path.write_text(text, encoding="utf-8")
        site_id = of_site or site.id
        import_id = keyword_import.preview(site_id, path, name)
        keyword_import.confirm(site_id, import_id)
        return import_id

    return confirm


def table(count: int, start: int = 0) -> str:
    lines = (f"phrase number {n} is {n}x,{n}\n" for n in range(start, start + count))
    return "Keyword,Volume\n" + "".join(lines)


def state(import_id: int):
    with read_transaction() as tx:
        return tx.execute(select(import_table).where(import_table.c.id == import_id)).one()


def count_of(model) -> int:
    with read_transaction() as tx:
        return tx.execute(select(func.count()).select_from(model)).scalar_one()


def keywords() -> dict:
    with read_transaction() as tx:
        return {row.phrase: row for row in tx.execute(select(keyword))}


def expire(import_id: int) -> None:
    with write_transaction() as tx:
        tx.execute(
            update(import_table)
            .where(import_table.c.id == import_id)
            .values(heartbeat_at=clock.now() - timedelta(seconds=claim_lease.LEASE_S + 1))
        )


def test_import_is_claimed_by_one_worker_only(queue):
    import_id = queue(table(5))
    assert claims.claim_next().id == import_id
    assert claims.claim_next() is None
    assert not claims.has_waiting()
    expire(import_id)
    assert claims.claim_next().attempts == 2


def test_site_has_one_import_at_a_time(queue, site):
    first, second = queue(table(5)), queue(table(5, 10))
    with write_transaction() as tx:
        other = Site.create(tx, "Other", "other")
    third = queue(table(5), of_site=other)
    assert [claims.claim_next().id for _ in range(2)] == [first, third]
    assert claims.claim_next() is None
    assert state(second).claim_token is None


def test_small_imports_do_not_wait_for_a_large_one(queue):
    queue(table(50))
    with write_transaction() as tx:
        other = Site.create(tx, "Other", "other")
    small = queue(table(3), of_site=other)
    assert claims.claim_next(max_rows=10).id == small


def test_four_workers_count_each_row_once(app, queue, monkeypatch):
    monkeypatch.setattr(import_worker, "BATCH_ROWS", 200)
    import_id = queue(table(ROWS))
    seen, ends = [], threading.Event()

    def work() -> None:
        with app.app_context():
            keyword_import.import_next()

    def watch() -> None:
        with app.app_context():
            while not ends.wait(0.005):
                seen.append(state(import_id).rows_read)

    watcher = threading.Thread(target=watch)
    workers = [threading.Thread(target=work) for _ in range(4)]
    for thread in (watcher, *workers):
        thread.start()
    for thread in workers:
        thread.join()
    ends.set()
    watcher.join()
    done = state(import_id)
    assert (done.state, done.rows_new, done.rows_read) == ("done", ROWS, ROWS)
    assert seen == sorted(seen)
    assert count_of(Keyword) == ROWS


def test_killed_import_continues_after_its_last_batch(queue, monkeypatch):
    monkeypatch.setattr(import_worker, "BATCH_ROWS", 500)
    import_id = queue(table(ROWS))
    batches = []
    write = import_worker._write_batch

    def die_in_the_third(*args) -> None:
        batches.append(args[-1])
        if len(batches) == 3:
            raise KeyboardInterrupt
        write(*args)

    monkeypatch.setattr(import_worker, "_write_batch", die_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        keyword_import.import_next()
    assert (state(import_id).rows_read, count_of(Keyword)) == (1_000, 1_000)
    monkeypatch.setattr(import_worker, "_write_batch", write)
    assert not keyword_import.import_next()  # the claim is fresh still
    expire(import_id)
    assert keyword_import.import_next()
    done = state(import_id)
    assert (done.state, done.rows_new, done.attempts) == ("done", ROWS, 2)


def test_worker_that_lost_its_claim_writes_nothing(queue, monkeypatch):
    monkeypatch.setattr(import_worker, "BATCH_ROWS", 500)
    import_id = queue(table(ROWS))
    write = import_worker._write_batch
    batches = []

    def freeze_in_the_second(*args) -> None:
        batches.append(args[-1])
        if len(batches) == 2:
            expire(import_id)
            assert claims.claim_next().id == import_id
        write(*args)

    monkeypatch.setattr(import_worker, "_write_batch", freeze_in_the_second)
    assert keyword_import.import_next()
    assert count_of(Keyword) == 500 and state(import_id).state == "queued"


def test_three_crashes_fail_an_import(queue, monkeypatch):
    monkeypatch.setattr(import_worker, "BATCH_ROWS", 500)
    import_id = queue(table(ROWS))
    write = import_worker._write_batch

    def die_after_a_batch(*args) -> None:
        write(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(import_worker, "_write_batch", die_after_a_batch)
    for _ in range(claims.MAX_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            keyword_import.import_next()
        expire(import_id)
    assert count_of(Keyword) == 1_500
    assert keyword_import.import_next()
    ended = state(import_id)
    assert ended.state == "failed" and "crashed its worker 3 times" in ended.error
    assert count_of(Keyword) == 0


def test_stopping_worker_releases_its_claims(queue, monkeypatch):
    monkeypatch.setattr(import_worker, "BATCH_ROWS", 500)
    import_id = queue(table(ROWS))
    asked = iter([False, False, True])
    keyword_import.import_next(lambda: next(asked, True))
    released = state(import_id)
    assert (released.claim_token, released.attempts, released.state) == (None, 0, "queued")
    assert keyword_import.import_next()
    assert state(import_id).rows_new == ROWS


@pytest.mark.parametrize("is_under_way", [False, True])
def test_cancelled_import_removes_its_keywords(queue, site, monkeypatch, is_under_way):
    monkeypatch.setattr(import_worker, "BATCH_ROWS", 500)
    import_id = queue(table(ROWS))
    write = import_worker._write_batch
    if is_under_way:

        def cancel_after(*args) -> None:
            write(*args)
            keyword_import.cancel(site.id, import_id)

        monkeypatch.setattr(import_worker, "_write_batch", cancel_after)
        keyword_import.import_next()
    else:
        assert keyword_import.cancel(site.id, import_id)
        assert not keyword_import.import_next()
    ended = state(import_id)
    assert (ended.state, ended.error) == ("failed", "Cancelled. Nothing was imported.")
    assert count_of(Keyword) == 0
    assert not keyword_import.cancel(site.id, import_id)


def test_second_import_updates_and_undo_restores(queue, site):
    queue("Top queries,Clicks,Impressions,CTR,Position\nblue shoes,5,100,5%,3\n")
    keyword_import.import_next()
    second = queue(
        "Keyword,Intent,Volume,Trend,Keyword Difficulty,CPC (USD)\n"
        'blue shoes,Commercial,880,"0.1,0.2",20,1.20\n'
    )
    keyword_import.import_next()
    row = keywords()["blue shoes"]
    assert (row.volume, row.difficulty, row.cpc, row.intent) == (880, 20, 1.2, "commercial")
    assert (row.clicks, row.impressions, row.position) == (5, 100, 3)
    done = state(second)
    assert (done.rows_new, done.rows_known, done.rows_updated) == (0, 1, 1)
    assert {"volume", "difficulty"} <= set(done.updated_fields)
    keyword_import.undo(site.id, second)
    row = keywords()["blue shoes"]
    assert (row.volume, row.difficulty, row.clicks, row.position) == (None, None, 5, 3)
    assert state(second).state == "undone"


def test_empty_cells_keep_values_and_newer_figures_win(queue):
    queue("Keyword,Volume,CPC\nred shoes,100,1.5\n")
    keyword_import.import_next()
    queue("Keyword,Volume,CPC\nred shoes,250,\n")
    keyword_import.import_next()
    row = keywords()["red shoes"]
    assert (row.volume, row.cpc) == (250, 1.5)
    with read_transaction() as tx:
        change = tx.execute(select(KeywordChange.__table__)).one()
    assert (change.old, change.new) == ({"volume": 100}, {"volume": 250})


def test_undo_keeps_changes_of_later_imports(queue, site):
    queue("Keyword,Volume\nred shoes,100\n")
    keyword_import.import_next()
    second = queue("Keyword,Volume,KD\nred shoes,200,7\n")
    keyword_import.import_next()
    queue("Keyword,Volume\nred shoes,300\n")
    keyword_import.import_next()
    keyword_import.undo(site.id, second)
    row = keywords()["red shoes"]
    assert (row.volume, row.difficulty) == (300, None)


def test_variants_join_the_most_searched_spelling(queue):
    queue(
        "Keyword,Volume\nreplacement awning valance,40\nawning valance replacement,50\n"
        "awning valance replacements,9\n"
    )
    keyword_import.import_next()
    assert {name: row.variant_count for name, row in keywords().items()} == {
        "awning valance replacement": 2
    }
    queue("Keyword,Volume\nvalance replacement awning,70\n", "b.csv")
    keyword_import.import_next()
    (row,) = keywords().values()
    assert (row.phrase, row.volume, row.variant_count) == ("valance replacement awning", 70, 3)


def test_clustered_keyword_keeps_its_spelling(queue, site):
    queue("Keyword,Volume\ndms vs ecm,40\n")
    keyword_import.import_next()
    with write_transaction() as tx:
        cluster_id = tx.execute(
            Cluster.__table__.insert()
            .values(site_id=site.id, name="c", slug="c")
            .returning(Cluster.id)
        ).scalar_one()
        tx.execute(update(keyword).values(cluster_id=cluster_id, status="mapped"))
    queue("Keyword,Volume\necm vs dms,90\n", "b.csv")
    keyword_import.import_next()
    (row,) = keywords().values()
    assert (row.phrase, row.volume, row.variant_count) == ("dms vs ecm", 40, 1)


def test_undo_reverts_variants_and_spellings(queue, site):
    queue("Keyword,Volume\ndms vs ecm,40\n")
    keyword_import.import_next()
    second = queue("Keyword,Volume\necm vs dms,90\n", "b.csv")
    keyword_import.import_next()
    assert list(keywords()) == ["ecm vs dms"]
    keyword_import.undo(site.id, second)
    (row,) = keywords().values()
    assert (row.phrase, row.volume, row.variant_count) == ("dms vs ecm", 40, 0)
    assert count_of(KeywordVariant) == 0


def test_skipped_rows_can_be_imported(queue, site):
    import_id = queue("Keyword,Volume\nred shoes,1\nsite:a.example b,2\n0.5,3\n")
    keyword_import.import_next()
    with read_transaction() as tx:
        rows = tx.execute(select(ImportRow.__table__).order_by(ImportRow.line)).all()
    assert [(row.line, row.reason) for row in rows] == [
        (3, "a search operator"),
        (4, "a number alone"),
    ]
    assert keyword_import.restore_rows(site.id, import_id, [rows[0].id]) == 1
    assert keywords()["site:a.example b"].volume == 2
    assert keyword_import.restore_rows(site.id, import_id) == 1
    assert keyword_import.restore_rows(site.id, import_id) == 0
    assert state(import_id).rows_set_aside == 0


def test_only_evident_misspellings_become_variants(queue):
    queue(
        "Keyword,Volume\nawning,900\nawnin,200\nawninh,100\nawnings sussex,70\n"
        "awning valance,50\ncontact lawyer,900\ncontract lawyer,10\nmetal shed,900\n"
        "medal shed,90\nplumber leeds,900\nplumber york,5\nplumber hull,5\nplumbr leeds,20\nhouse,900\nmouse,100\n"
    )
    keyword_import.import_next()
    found = {name: row.variant_count for name, row in keywords().items()}
    assert found == {
        "awning": 2,
        "awnings sussex": 0,
        "awning valance": 0,
        "contact lawyer": 0,
        "contract lawyer": 0,
        "metal shed": 0,
        "medal shed": 0,
        "plumber leeds": 1,
        "plumber york": 0,
        "plumber hull": 0,
        "house": 0,
        "mouse": 0,
    }


def test_killed_import_process_loses_and_repeats_nothing(app, site, database, tmp_path):
    file = tmp_path / "large.csv"
    file.write_text(table(8_000))
    env = os.environ | {
        "IGNY8_DATA_DIR": str(app.config["SETTINGS"].data_dir),
        "IGNY8_SECRET_KEY": SECRET,
        "DATABASE_URL": database.url,
    }
    process = Forked(("import-keywords", str(site.slug), str(file)), env, tmp_path / "log")
    try:
        until(lambda: 0 < read_rows() < 8_000, 60.0, "the import")
    finally:
        process.send_signal(signal.SIGKILL)
    process.wait(30.0)
    with read_transaction() as tx:
        import_id = tx.execute(select(import_table.c.id)).scalar_one()
    assert count_of(Keyword) == state(import_id).rows_read  # whole batches, nothing besides
    expire(import_id)
    assert keyword_import.import_next()
    done = state(import_id)
    assert (done.state, done.rows_new, done.rows_read) == ("done", 8_000, 8_000)
    assert count_of(Keyword) == 8_000


def read_rows() -> int:
    with read_transaction() as tx:
        return tx.execute(select(func.max(import_table.c.rows_read))).scalar() or 0

"""The model actions: conditional updates that tell whether they took effect."""

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from igny8.engine.runs import start_run
from igny8.extensions import read_transaction, write_transaction
from igny8.models import (
    ACTIONS,
    ENDED,
    OPEN,
    Content,
    Idea,
    Image,
    Keyword,
    KeywordChange,
    KeywordImport,
    Run,
    RunItem,
    RunSettings,
    RunStage,
    Site,
    StageResult,
    Task,
)
from igny8.models.base import insert_if_absent
from igny8.models.run import STATES
from tests.factories import change_settings, make_keywords, make_site


@pytest.fixture
def run_id(site) -> int:
    """Return the id of a run over 4 keywords."""
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    with read_transaction() as tx:
        return tx.execute(select(Run.id)).scalar()


def set_run(run_id: int, **values) -> None:
    with write_transaction() as tx:
        tx.execute(update(Run).where(Run.id == run_id).values(**values))


def move(run_id: int, verb: str) -> bool:
    with write_transaction() as tx:
        return Run.apply_action(tx, run_id, verb)


@pytest.mark.parametrize("verb", ACTIONS)
@pytest.mark.parametrize("state", STATES)
def test_action_applies_only_in_its_allowed_states(run_id, verb, state):
    set_run(run_id, state=state, desired_state="pause" if verb == "resume" else "go")
    assert move(run_id, verb) == (state in ACTIONS[verb]["from"])


@pytest.mark.parametrize("verb", ACTIONS)
def test_repeated_action_has_no_effect(run_id, verb):
    set_run(run_id, desired_state="pause" if verb == "resume" else "go")
    assert [move(run_id, verb), move(run_id, verb)] == [True, False]


def test_cancel_cannot_be_undone(run_id):
    move(run_id, "cancel")
    assert [move(run_id, verb) for verb in ("pause", "resume", "cancel")] == [False] * 3


def test_every_state_is_open_or_ended(run_id):
    assert sorted((*OPEN, *ENDED)) == sorted(STATES)


def test_database_allows_one_open_run_per_site(site, run_id):
    with read_transaction() as tx:
        found = tx.execute(select(Run.__table__)).one()
        row = {c.key: getattr(found, c.key) for c in Run.__table__.c}
    row |= {"id": 7, "public_id": "another", "number": 2}
    with pytest.raises(IntegrityError), write_transaction() as tx:
        tx.execute(insert(Run.__table__).values(row))
    with write_transaction() as tx:
        tx.execute(insert(Run.__table__).values(row | {"state": "completed"}))


def test_database_enforces_stage_counter_sums(run_id):
    with pytest.raises(IntegrityError), write_transaction() as tx:
        tx.execute(update(RunStage).where(RunStage.number == 1).values(done=1))


def test_database_requires_a_token_for_active_items(run_id):
    for values in ({"state": "active"}, {"token": "t"}):
        with pytest.raises(IntegrityError), write_transaction() as tx:
            tx.execute(update(RunItem).values(**values))


def test_site_slug_takes_precedence_over_its_id(app):
    first, second = make_site("first"), make_site("1")
    with read_transaction() as tx:
        assert Site.find("first", tx).id == first
        assert Site.find(str(second), tx).id == second
        assert Site.find("1", tx).id == second
        assert Site.find("nobody", tx) is None


def test_deleting_a_site_deletes_all_its_rows(site, drain):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    drain()
    with write_transaction() as tx:
        tx.execute(Site.__table__.delete())
    with read_transaction() as tx:
        for model in (Keyword, Idea, Task, Content, Image, Run, RunItem, RunStage, StageResult):
            assert tx.execute(select(model.__table__).limit(1)).first() is None, model


def test_stage_result_is_stored_once(run_id):
    for value in ({"a": [1, "ä"]}, {"b": 2}):
        with write_transaction() as tx:
            StageResult.persist(tx, run_id, 1, "plan", value)
    with read_transaction() as tx:
        assert StageResult.fetch(tx, run_id, 1, "plan") == {"a": [1, "ä"]}
        assert StageResult.fetch(tx, run_id, 2, "plan") is None


def test_insert_if_absent_keeps_existing_rows(site):
    make_keywords(site.id, 2)
    rows = [{"site_id": site.id, "phrase": p, "phrase_key": p} for p in ("topic0 word0", "new one")]
    with write_transaction() as tx:
        assert tx.execute(insert_if_absent(tx, Keyword.__table__), rows).rowcount == 1
    with read_transaction() as tx:
        assert (
            tx.execute(select(Keyword.volume).where(Keyword.phrase_key == "topic0 word0")).scalar()
            == 0
        )


@pytest.mark.parametrize(
    ("verdict", "task"),
    [("approved", "completed"), ("rejected", "completed"), ("sent_back", "queued")],
)
def test_decision_takes_effect_once(site, drain, verdict, task):
    make_keywords(site.id, 1)
    start_run.start_run(site.id)
    drain()
    with write_transaction() as tx:
        assert Content.decide(tx, site.id, 1, verdict, "because")
        assert not Content.decide(tx, site.id, 1, "approved")
    with read_transaction() as tx:
        assert tx.execute(select(Content.status, Content.decision_reason)).one() == (
            verdict,
            "because",
        )
        assert tx.execute(select(Task.status)).scalar() == task
        assert len(tx.execute(select(Image.id)).all()) == 2


def test_decision_on_content_of_another_site_is_refused(site, drain):
    make_keywords(site.id, 1)
    start_run.start_run(site.id)
    drain()
    other = make_site("red")
    with write_transaction() as tx:
        assert not Content.decide(tx, other, 1, "approved")


def test_undo_of_an_import_keeps_clustered_keywords(site, drain):
    with write_transaction() as tx:
        import_id = tx.execute(
            insert(KeywordImport)
            .values(site_id=site.id, state="done", filename="a.csv", path="a.csv")
            .returning(KeywordImport.id)
        ).scalar_one()
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    drain()
    make_keywords(site.id, 3, start=8)
    with write_transaction() as tx:
        tx.execute(update(Keyword).values(import_id=import_id))
        assert KeywordImport.undo(tx, site.id, import_id) == 3
        assert KeywordImport.undo(tx, site.id, import_id) is None
    with read_transaction() as tx:
        assert len(tx.execute(select(Keyword.id)).all()) == 4


def test_undo_restores_a_value_that_one_import_changed_twice(site):
    make_keywords(site.id, 1)
    with write_transaction() as tx:
        import_id = tx.execute(
            insert(KeywordImport)
            .values(site_id=site.id, state="done", filename="a.csv", path="a.csv")
            .returning(KeywordImport.id)
        ).scalar_one()
        keyword_id = tx.execute(select(Keyword.id)).scalar_one()
        ids = {"import_id": import_id, "keyword_id": keyword_id}
        for old, new in ((10, 20), (20, 30)):
            values = {"old": {"volume": old}, "new": {"volume": new}}
            tx.execute(insert(KeywordChange).values(site_id=site.id, **ids, **values))
        tx.execute(update(Keyword).values(volume=30))
        KeywordImport.undo(tx, site.id, import_id)
        assert tx.execute(select(Keyword.volume)).scalar_one() == 10


def test_run_keeps_its_initial_settings(site, run_id):
    change_settings(site.id, ideas_per_cluster=9, batches={"write": 1000, "draw": 0})
    with read_transaction() as tx:
        now = RunSettings.load(tx, site.id)
        kept = RunSettings.from_json(tx.execute(select(Run.settings)).scalar())
    assert (kept.ideas_per_cluster, now.ideas_per_cluster) == (3, 9)
    assert RunSettings.from_json(now.to_json()) == now
    assert (now.batch_size("write"), now.batch_size("draw"), now.batch_size("plan")) == (
        200,
        1,
        kept.batch_size("plan"),
    )


def test_run_settings_of_the_previous_release_keep_their_providers():
    stored = RunSettings(providers={"write": {"provider": "demonstration"}}).to_json()
    assert stored["engines"] == {"write": {"provider": "demonstration"}}
    assert RunSettings.from_json({"engines": stored["engines"]}).providers == stored["engines"]

"""A site with a bit of everything, a plain client, and snapshots for the Automation page."""

from collections.abc import Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import event, insert, update

from igny8 import clock, progress
from igny8.extensions import db, write_transaction
from igny8.models import (
    Cluster,
    Content,
    Idea,
    Image,
    Keyword,
    Run,
    RunEvent,
    RunItem,
    RunSettings,
    RunStage,
    Site,
    Task,
)
from tests.factories import make_user, sign_in

RUN_ID = "a" * 32


@pytest.fixture
def app(app):
    """Return the app without the CSRF token, which has tests of its own."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app


class Visitor(FlaskClient):
    """A client whose every request begins and ends afresh, though the test's context is open."""

    def open(self, *args, **options):
        self._forget()
        answer = super().open(*args, **options)
        self._forget()
        return answer

    def _forget(self) -> None:
        db.session.remove()
        vars(g._get_current_object()).clear()


@pytest.fixture
def stranger(app):
    """Return a client that nobody is signed in with."""
    app.test_client_class = Visitor
    return app.test_client()


@pytest.fixture
def client(stranger):
    """Return a client that an administrator of the installation is signed in with."""
    return sign_in(stranger, make_user("owner", is_admin=True))


@pytest.fixture
def site(app):
    """A site without anything."""
    with write_transaction() as tx:
        return Site.create(tx, "Green Garden", "green-garden", "https://greengarden.example")


@pytest.fixture
def garden(app, site):
    """The site with keywords, clusters, ideas, texts with images, and a finished run."""
    with write_transaction() as tx:
        fill(tx, site, Path(app.config["SETTINGS"].images))
    return site


@pytest.fixture
def at_work(garden):
    """The garden, whose run has not ended yet."""
    with write_transaction() as tx:
        tx.execute(update(Run).values(state="running"))
    return garden


@pytest.fixture
def show(monkeypatch):
    """Let the Automation page show a made snapshot."""

    def shown(snapshot):
        monkeypatch.setattr(progress, "snapshot", lambda site, public_id=None, page=False: snapshot)
        return snapshot

    return shown


TITLES = [
    "How to start seeds indoors in winter",
    "Raised beds vs containers: which is right for a balcony?",
    "Companion planting chart for tomatoes",
    "Best compost for vegetables: 7 mixes compared",
]
HTML = (
    "<p>Count back from your last frost date. <em>Tomatoes</em> need eight weeks.</p><h2>When to begin</h2>"
    "<p>A tray with drainage, a seed mix that holds water without packing, and a lamp.</p>"
    "<h2>What you need</h2><ul><li>A tray</li><li>A lamp</li></ul><table><thead><tr><th>Keyword</th>"
    "<th>Searches</th></tr></thead><tbody><tr><td>start seeds indoors</td><td>8,900</td></tr></tbody></table>"
)


def fill(tx, site_id: int, images: Path, titles: Sequence[str] = TITLES) -> None:
    """Insert one run's worth of everything; an article for each of the titles."""
    now = clock.now()
    run_id = _run(tx, site_id, now)
    for n, title in enumerate(titles, 1):
        cluster_id = _id(
            tx, Cluster, site_id=site_id, name=title.lower(), slug=f"c{n}", status="mapped"
        )
        for k in range(3):
            keyword_id = _id(
                tx,
                Keyword,
                site_id=site_id,
                phrase=f"{title.lower()} {k}",
                phrase_key=f"{n} {k}",
                status="mapped",
                cluster_id=cluster_id,
                volume=900 * n - 100 * k,
                difficulty=12.0,
                cpc=0.35,
                currency="USD",
                intent="informational",
            )
        idea_id = _id(
            tx,
            Idea,
            site_id=site_id,
            cluster_id=cluster_id,
            primary_keyword_id=keyword_id,
            primary_phrase="start seeds",
            fingerprint=f"f{n}",
            title=title,
            title_key=title.lower(),
            slug=f"i{n}",
            meta_description="How to.",
            format="guide",
            intent="informational",
            angle="For beginners",
            target_words=1200,
            status="queued",
            secondary=[{"key": 1, "text": "seed tray", "volume": 90, "difficulty": None}],
            outline=[{"heading": "When to begin", "points": ["Frost date"], "keywords": ["frost"]}],
        )
        task_id = _id(
            tx, Task, site_id=site_id, idea_id=idea_id, cluster_id=cluster_id, status="completed"
        )
        content_id = _id(
            tx,
            Content,
            site_id=site_id,
            task_id=task_id,
            cluster_id=cluster_id,
            kind="brief",
            provider="built-in",
            title=title,
            slug=f"t{n}",
            meta_title=title,
            meta_description="Start seeds indoors.",
            excerpt="Soon.",
            primary_phrase="start seeds",
            html=HTML,
            words=1388,
            headings=["When to begin"],
            run_id=run_id,
            checks=[
                {"ok": True, "text": "Title 51 characters"},
                {"ok": n != 2, "text": "Long paragraph"},
            ],
            status="review",
            handed_over=True,
            handed_over_at=now - timedelta(hours=5 - n),
        )
        folder = images / str(site_id) / str(content_id)
        folder.mkdir(parents=True, exist_ok=True)
        for position, heading in enumerate((title, "When to begin")):
            (folder / f"{position}.webp").write_bytes(b"RIFF\x1a\x00\x00\x00WEBPVP8L")
            _id(
                tx,
                Image,
                site_id=site_id,
                content_id=content_id,
                position=position,
                heading=heading,
                role="featured" if position == 0 else "section",
                prompt="A garden",
                alt=f"Picture of {heading}",
                file_name=f"p{position}.webp",
                path=f"{site_id}/{content_id}/{position}.webp",
                mime="image/webp",
                width=1200,
                height=630,
                bytes=21,
                status="generated",
            )
    _id(tx, Keyword, site_id=site_id, phrase="lonely", phrase_key="lonely", status="new")


def _run(tx, site_id: int, now) -> int:
    run_id = _id(
        tx,
        Run,
        public_id=RUN_ID,
        site_id=site_id,
        number=1,
        state="completed_with_errors",
        bar_remaining=0.0,
        current_stage=7,
        initial_snapshot={},
        settings=RunSettings().to_json(),
        history={},
        started_at=now - timedelta(minutes=9),
        finished_at=now,
        active_seconds=540.0,
    )
    for n in range(1, 8):
        tx.execute(
            insert(RunStage),
            {
                "run_id": run_id,
                "number": n,
                "status": "completed",
                "input": 4,
                "done": 3,
                "failed": 1,
                "made": 4,
                "filled": 1 / 7,
                "active_seconds": 60.0,
                "started_at": now - timedelta(minutes=9 - n),
                "finished_at": now - timedelta(minutes=8 - n),
            },
        )
        for k in range(4):
            tx.execute(
                insert(RunItem),
                {
                    "run_id": run_id,
                    "stage": n,
                    "subject_id": k,
                    "title": f"Thing {k}",
                    "state": "failed" if k == 3 else "done",
                    "attempt": 1,
                    "seconds": 0.5,
                    "error": "It broke." if k == 3 else None,
                },
            )
        RunEvent.log(tx, run_id, "done", f"Stage {n} done", stage=n)
    return run_id


def _id(tx, model, **values) -> int:
    return tx.execute(insert(model).values(**values).returning(model.id)).scalar_one()


@pytest.fixture
def statements(app):
    """Return a context manager that collects the SQL statements of what is done in it."""

    @contextmanager
    def collecting():
        seen = []

        def note(connection, cursor, statement, *rest):
            if not statement.startswith("BEGIN"):
                seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return collecting

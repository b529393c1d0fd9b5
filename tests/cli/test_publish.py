"""The command queues approved articles for a target and shows the states."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from igny8.cli import publish as command
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication, PublishingPlan, PublishingTarget
from igny8.publishing.webhook import new_secret
from tests.factories import change_settings
from tests.web.conftest import fill


@pytest.fixture
def run(app, site, monkeypatch):
    """Return a function that runs the command on a site with four approved articles."""
    monkeypatch.setattr(command, "open_database", lambda: app)
    with write_transaction() as tx:
        fill(tx, site.id, Path(app.config["SETTINGS"].images))
        tx.execute(update(Content).values(status="approved"))

    def invoke(*arguments: str, name: str = "publish"):
        called = getattr(command, name)
        return CliRunner().invoke(called, ["green", *arguments], catch_exceptions=False)

    return invoke


def add_target(site, name: str) -> None:
    url = "https://hooks.example/in"
    with write_transaction() as tx:
        PublishingTarget.create(tx, site.id, "webhook", new_secret(), name=name, url=url)


def test_all_approved_articles_are_queued_once(run, site):
    add_target(site, "Hook")
    assert run("--all-approved").output == "4 queued for Hook.\nHook: 4 queued\n"
    told = json.loads(run("--all-approved", "--json").output)
    assert told["queued"] == 0 and told["publications"][0]["count"] == 4


def test_several_targets_need_a_name(run, site):
    with pytest.raises(Igny8Error, match="no publishing target"):
        run("--all-approved")
    add_target(site, "One")
    add_target(site, "Two")
    with pytest.raises(Igny8Error, match="One, Two"):
        run("--all-approved")
    assert run("--all-approved", "--target", "two").output.startswith("4 queued for Two.")


def test_without_an_option_the_states_are_shown(run, site):
    assert "Nothing is published yet" in run().output


def stored(slug: str):
    """Return the publication of the article with this slug."""
    query = select(Publication.__table__).join(Content, Content.id == Publication.content_id)
    with read_transaction() as tx:
        return tx.execute(query.where(Content.slug == slug)).one()


def test_one_article_is_queued_by_its_slug_or_number(run, site):
    add_target(site, "Hook")
    assert run("--article", "t1").output.startswith("Queued at Hook.")
    assert run("--article", str(stored("t1").content_id)).output.startswith(
        "It is being published at Hook already."
    )
    with pytest.raises(Igny8Error, match="no article t9"):
        run("--article", "t9")


def test_article_gets_a_time_of_the_time_zone_of_the_site(run, site):
    add_target(site, "Hook")
    change_settings(site.id, time_zone="Europe/Berlin")
    said = run("--article", "t1", "--at", "2099-07-01T09:00").output
    assert said.startswith("Scheduled for 2099-07-01 07:00 UTC at Hook.")
    assert (stored("t1").state, stored("t1").publish_at.hour) == ("scheduled", 7)
    run("--article", "t2", "--at", "2099-07-01T09:00+00:00")
    assert stored("t2").publish_at.hour == 9
    for wrong, sentence in (("soon", "Enter a time"), ("2020-01-01", "in the future")):
        with pytest.raises(Igny8Error, match=sentence):
            run("--article", "t3", "--at", wrong)


def test_approved_articles_take_the_next_free_times(run, site):
    add_target(site, "Hook")
    assert run("--article", "t1", "--schedule").output.startswith("Nothing was scheduled")
    with write_transaction() as tx:
        PublishingPlan.store(tx, site.id, days=[0, 1, 2, 3, 4, 5, 6], times=["09:00"])
    assert "Scheduled for" in run("--article", "t1", "--schedule").output
    assert run("--all-approved", "--schedule").output.startswith("3 scheduled for Hook.")
    told = json.loads(run("--all-approved", "--schedule", "--json").output)
    assert (told["queued"], told["scheduled"]) == (None, 0)
    assert len({stored(f"t{number}").publish_at for number in range(1, 5)}) == 4


def test_published_article_is_removed_on_request(run, site):
    add_target(site, "Hook")
    with pytest.raises(Igny8Error, match="Nothing that can be taken away"):
        run("t1", name="unpublish")
    run("--article", "t1")
    with write_transaction() as tx:
        tx.execute(update(Publication).values(state="published", remote_id="7"))
    assert run("t1", name="unpublish").output == "It is taken away from Hook.\n"
    assert stored("t1").state == "removing"


@pytest.mark.parametrize(
    "options",
    [
        ("--all-approved", "--article", "t1"),
        ("--article", "t1", "--schedule", "--at", "2099-01-01"),
        ("--all-approved", "--at", "2099-01-01"),
        ("--schedule",),
        ("--article", "t1", "--draft", "--schedule"),
    ],
)
def test_contradictory_options_are_refused(run, options):
    done = run(*options)
    assert done.exit_code == 2 and "Error: " in done.output

"""The command queues approved articles for a target and shows the states."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from igny8.cli import publish as command
from igny8.errors import Igny8Error
from igny8.extensions import write_transaction
from igny8.models import Content, PublishingTarget
from igny8.publishing.webhook import new_secret
from tests.web.conftest import fill


@pytest.fixture
def run(app, site, monkeypatch):
    """Return a function that runs the command on a site with four approved articles."""
    monkeypatch.setattr(command, "open_database", lambda: app)
    with write_transaction() as tx:
        fill(tx, site.id, Path(app.config["SETTINGS"].images))
        tx.execute(update(Content).values(status="approved"))

    def invoke(*arguments: str):
        return CliRunner().invoke(command.publish, ["green", *arguments], catch_exceptions=False)

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

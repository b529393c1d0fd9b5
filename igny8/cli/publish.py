"""Publish approved articles without a browser."""

import json

import click
from sqlalchemy import Row

from igny8.cli.common import find_site, open_database
from igny8.engine.publications.approved import queue_approved
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction
from igny8.models import PublishingTarget
from igny8.models.queries import publications

BY = "command line"


@click.command()
@click.argument("site")
@click.option(
    "--all-approved", is_flag=True, help="Queue the approved articles that are not there."
)
@click.option("--target", metavar="T", help="Name of the target; needed if there are several.")
@click.option("--draft", is_flag=True, help="Send as drafts.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def publish(site: str, all_approved: bool, target: str | None, draft: bool, as_json: bool) -> None:
    """Publish articles of SITE; the workers send them. Without --all-approved, show the states."""
    with open_database().app_context():
        row = find_site(site)
        queued = None
        if all_approved:
            chosen = _find_target(row, target)
            wanted = "draft" if draft else "publish"
            queued = queue_approved(row.id, chosen.id, BY, wanted)
        with read_transaction() as tx:
            counts = publications.state_counts(tx, row.id)
    if as_json:
        told = [each._asdict() for each in counts]
        click.echo(json.dumps({"site": row.slug, "queued": queued, "publications": told}))
        return
    if queued is not None:
        click.echo(f"{queued} queued for {chosen.name}.")
    for each in counts:
        click.echo(f"{each.target_name}: {each.count} {each.state}")
    if not counts and queued is None:
        click.echo("Nothing is published yet. Use --all-approved.")


def _find_target(site: Row, name: str | None) -> Row:
    """Return the target with a name, or the only one; raise Igny8Error that lists them."""
    with read_transaction() as tx:
        targets = PublishingTarget.sent_to(tx, site.id)
    found = [row for row in targets if name is None or row.name.casefold() == name.casefold()]
    if len(found) == 1:
        return found[0]
    if not targets:
        raise Igny8Error(f"{site.slug} has no publishing target. Add one in Settings, Publishing.")
    names = ", ".join(row.name for row in targets)
    raise Igny8Error(f"Choose one target with --target: {names}.")

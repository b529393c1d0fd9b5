"""Publish, schedule and unpublish approved articles from the command line."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import click
from sqlalchemy import Row, select

from igny8 import clock
from igny8.cli.common import find_site, open_database
from igny8.engine.publications import actions, calendar
from igny8.engine.publications.approved import queue_approved
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication, PublishingTarget
from igny8.models.base import is_row_id
from igny8.models.queries import publications

BY = "command line"
NOTHING_FREE = "Nothing was scheduled: there is no free time, or it is being published there."


@dataclass(frozen=True, slots=True)
class Order:
    """What to publish, according to the options; without an article, all approved ones."""

    article: str | None
    wanted: str
    to_calendar: bool
    at: str | None


@click.command()
@click.argument("site")
@click.option(
    "--all-approved", is_flag=True, help="Queue the approved articles that are not there."
)
@click.option("--article", metavar="A", help="Queue one approved article: its number or slug.")
@click.option("--target", metavar="T", help="Name of the target; needed if there are several.")
@click.option("--draft", is_flag=True, help="Send as drafts.")
@click.option(
    "--schedule", "to_calendar", is_flag=True, help="Use the next free times of the calendar."
)
@click.option("--at", metavar="TIME", help="Publish the article then, such as 2027-01-31T09:00.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def publish(
    site: str,
    all_approved: bool,
    article: str | None,
    target: str | None,
    draft: bool,
    to_calendar: bool,
    at: str | None,
    as_json: bool,
) -> None:
    """Publish articles of SITE; workers send them. Without an article, show the states.

    A time without an offset is in the site's time zone.
    """
    order = Order(article, "draft" if draft else "publish", to_calendar, at)
    _check(order, all_approved)
    with open_database().app_context():
        row = find_site(site)
        message, count = "", None
        if all_approved or article:
            chosen = _find_target(row, target)
            count, message = _carry_out(row, chosen, order)
        with read_transaction() as tx:
            states = publications.state_counts(tx, row.id)
    if as_json:
        is_later = to_calendar or at is not None
        counts = {"queued": None if is_later else count, "scheduled": count if is_later else None}
        rows = [each._asdict() for each in states]
        click.echo(json.dumps({"site": row.slug, **counts, "publications": rows}))
        return
    _show(message, states)


@click.command()
@click.argument("site")
@click.argument("article")
@click.option("--target", metavar="T", help="Name of the target; needed if there are several.")
def unpublish(site: str, article: str, target: str | None) -> None:
    """Remove ARTICLE (its number or slug) of SITE from a target; the workers do it."""
    with open_database().app_context():
        row = find_site(site)
        chosen, content_id = _find_target(row, target), _find_article(row, article)
        with write_transaction() as tx:
            done = actions.unpublish(tx, row.id, content_id, chosen, BY)
    if not done:
        raise Igny8Error(f"Nothing that can be taken away is published at {chosen.name}.")
    click.echo(f"It is taken away from {chosen.name}.")


def _check(order: Order, all_approved: bool) -> None:
    """Raise UsageError for contradicting options."""
    if all_approved and order.article:
        raise click.UsageError("Use either --all-approved or --article.")
    if order.at and order.to_calendar:
        raise click.UsageError("Use either --at or --schedule.")
    if order.at and not order.article:
        raise click.UsageError("--at needs --article: it is the time of one article.")
    if order.to_calendar and not (all_approved or order.article):
        raise click.UsageError("--schedule needs --all-approved or --article.")
    if order.wanted == "draft" and (order.at or order.to_calendar):
        raise click.UsageError("A draft has no time: use --draft without --at and --schedule.")


def _carry_out(site: Row, target: Row, order: Order) -> tuple[int, str]:
    """Queue or schedule the articles of an order; return how many, and a message."""
    if order.article is None and order.to_calendar:
        count = calendar.fill(site.id, target, BY)
        return count, f"{count} scheduled for {target.name}."
    if order.article is None:
        count = queue_approved(site.id, target.id, BY, order.wanted)
        return count, f"{count} queued for {target.name}."
    content_id = _find_article(site, order.article)
    with write_transaction() as tx:
        if order.to_calendar:
            done = calendar.schedule_next(tx, site.id, content_id, target, BY)
        elif order.at is not None:
            moment = _moment(order.at, calendar.time_zone(tx, site.id))
            done = actions.schedule(tx, site.id, content_id, target, BY, moment)
        else:
            done = Publication.request(tx, site.id, content_id, target.id, BY, order.wanted)
        row = Publication.find(tx, content_id, target.id)
    if not done or row is None:
        is_later = order.to_calendar or order.at
        return 0, NOTHING_FREE if is_later else f"It is being published at {target.name} already."
    at = f" for {row.publish_at:%Y-%m-%d %H:%M} UTC" if row.publish_at else ""
    return 1, f"{'Scheduled' if at else 'Queued'}{at} at {target.name}."


def _moment(moment: str, zone: str) -> datetime:
    """Return a future time in UTC; raise Igny8Error for anything else."""
    try:
        at = datetime.fromisoformat(moment)
        at = (at if at.tzinfo else at.replace(tzinfo=clock.time_zone(zone))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Igny8Error("Enter a time such as 2027-01-31T09:00.") from error
    if at <= clock.now():
        raise Igny8Error("The time must lie in the future.")
    return at


def _show(message: str, states: Sequence[Row]) -> None:
    if message:
        click.echo(message)
    for each in states:
        click.echo(f"{each.target_name}: {each.count} {each.state}")
    if not states and not message:
        click.echo("Nothing is published yet. Use --all-approved.")


def _find_article(site: Row, reference: str) -> int:
    """Return the id of an article by its number or slug; raise Igny8Error if there is none."""
    is_it = Content.id == int(reference) if is_row_id(reference) else Content.slug == reference
    with read_transaction() as tx:
        found = tx.execute(select(Content.id).where(Content.site_id == site.id, is_it)).scalars()
        ids = found.all()
    if len(ids) == 1:
        return ids[0]
    if ids:
        numbers = ", ".join(map(str, ids))
        raise Igny8Error(f"Several articles have this slug; use the number: {numbers}.")
    raise Igny8Error(f"{site.slug} has no article {reference}. Use its number or slug.")


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

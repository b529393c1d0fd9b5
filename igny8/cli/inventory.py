"""Read the pages of a website from the command line."""

import json
from typing import TextIO

import click

from igny8.cli.common import find_site, open_database
from igny8.engine import inventory
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction
from igny8.models import SitePage, SiteReading

BY = "command line"


@click.command()
@click.argument("site")
@click.option("--url", metavar="URL", help="Website, sitemap or feed; by default that of the site.")
@click.option("--list", "file", type=click.File(encoding="utf-8"), help="Addresses, or a CSV.")
@click.option("--status", is_flag=True, help="Start nothing, only show the newest reading.")
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON.")
def read_site(site: str, url: str | None, file: TextIO | None, status: bool, as_json: bool) -> None:
    """Read the pages of the website of SITE; the workers carry it out."""
    with open_database().app_context():
        row = find_site(site)
        if not status:
            inventory.start(row, url or row.url, BY, file.read() if file else "")
        with read_transaction() as tx:
            reading = SiteReading.newest(tx, row.id)
            if reading is None:
                raise Igny8Error(f"{row.slug} was never read. Run: igny8 read-site {row.slug}")
            left = SitePage.waiting(tx, row.id, reading.id)
            counts = SitePage.state_counts(tx, row.id)
    if as_json:
        facts = {"state": reading.state, "phase": reading.phase, "error": reading.error}
        click.echo(json.dumps({"site": row.slug, **facts, "left": left, "pages": counts}))
        return
    click.echo(f"{reading.url}: {reading.state}. {reading.error}".strip())
    click.echo(", ".join(f"{count} {state}" for state, count in counts.items() if count))

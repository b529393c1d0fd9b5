"""Import keyword files from the command line."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from slugify import slugify
from sqlalchemy import Row, select

from igny8.cli.common import open_database
from igny8.cli.import_file import ChoiceNeeded, import_file
from igny8.cli.import_report import print_choice, print_report
from igny8.engine.site_deletion import remove_site
from igny8.errors import Igny8Error
from igny8.extensions import write_transaction
from igny8.keyword_fields import MAPPABLE
from igny8.models import Site

EXIT_WARNINGS = 3  # imported, but something in the file should be checked
EXIT_CHOICE = 4  # not imported: the encoding or the keyword column has to be chosen


@click.command(name="import-keywords")
@click.argument("site")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="Use a column for a field, as in --map Searches=volume. Remembered for these headers.",
)
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=COLUMN", hidden=True, help="As --map."
)
@click.option("--encoding", default="", help="The encoding of the file, such as cp1250.")
@click.option("--sheet", default="", help="The sheet of a workbook, or the file in a ZIP, to read.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_keywords(
    site: str,
    file: Path,
    maps: Sequence[str],
    columns: Sequence[str],
    encoding: str,
    sheet: str,
    as_json: bool,
) -> None:
    """Import the keywords of a file into SITE, which is created if it is new.

    Exit codes: 0 imported; 3 imported, with warnings; 4 not imported, a choice is needed (the
    report names the option for it); 1 the file cannot be read.
    """
    mapping = _mapping(maps, columns)
    app = open_database(create=True)
    with app.app_context():
        row, made = find_or_create_site(site)
        try:
            done = import_file(app, row.id, file, mapping or None, encoding=encoding, sheet=sheet)
        except ChoiceNeeded as choice:
            print_choice(file, choice.report, as_json)
            sys.exit(EXIT_CHOICE)
        except Igny8Error:
            if made:
                home = app.config["SETTINGS"]
                remove_site(row.id, home.images, home.uploads)
            raise
        if made:
            click.echo(f"Created the site {row.name!r} ({row.slug}).", err=True)
    print_report(row.slug, file, done, as_json)
    if needs_attention(done.report):
        sys.exit(EXIT_WARNINGS)


def find_or_create_site(reference: str) -> tuple[Row[Any], bool]:
    """Return the row of a site and whether it was created; raise Igny8Error for a bad name."""
    slug = slugify(reference, max_length=80)
    with write_transaction() as tx:
        row = Site.find(reference, tx) or Site.find(slug, tx)
        if row is not None:
            return row, False
        if not slug:
            raise Igny8Error(
                f"{reference!r} has no letter or digit to make an address from; use another name."
            )
        Site.create(tx, name=reference, slug=slug)
        return tx.execute(select(Site.__table__).where(Site.slug == slug)).one(), True


def needs_attention(report: dict) -> bool:
    """Return whether a report has warnings that a person should check."""
    return bool(report.get("warnings") or report.get("unused"))


def _mapping(maps: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    as_columns = (text.rpartition("=") for text in maps)
    as_fields = (text.partition("=") for text in columns)
    pairs = [(name, column) for column, sign, name in as_columns if sign]
    pairs += [(name, column) for name, sign, column in as_fields if sign]
    mapping = {name.strip(): column.strip() for name, column in pairs}
    if len(pairs) != len(maps) + len(columns) or not set(mapping) <= set(MAPPABLE):
        raise click.BadParameter(
            f"use COLUMN=FIELD, where FIELD is one of {', '.join(MAPPABLE)}", param_hint="--map"
        )
    return mapping

"""Keyword exports, taken in without a browser."""

import json
import shutil
import uuid
from contextlib import suppress
from pathlib import Path

import click
from sqlalchemy import select

from igny8.cli.common import find_or_create_site, ready_app
from igny8.engine import keyword_import
from igny8.engine.site_deletion import remove_site
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction
from igny8.importers import MAPPABLE
from igny8.models import KeywordImport


@click.command(name="import-keywords")
@click.argument("site")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=NAME",
    help="Name a column by hand, as in --column text=Phrase --column volume=Searches.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_keywords(site, file, columns, as_json) -> None:
    """Take in a keyword export; SITE is made if it is new."""
    mapping = dict(column.split("=", 1) for column in columns if "=" in column)
    if len(mapping) != len(columns) or not set(mapping) <= set(MAPPABLE):
        raise click.BadParameter(
            f"use FIELD=NAME, where FIELD is one of {', '.join(MAPPABLE)}", param_hint="--column"
        )
    app = ready_app()
    with app.app_context():
        row, made = find_or_create_site(site)
        try:
            done = import_file(app, row.id, file, mapping or None)
        except Igny8Error:
            if made:
                home = app.config["SETTINGS"]
                remove_site(row.id, home.images, home.uploads)
            raise
        if made:
            click.echo(f"Made the site {row.name!r} ({row.slug}).", err=True)
    counts = {
        "new": done.rows_new,
        "known": done.rows_known,
        "duplicates": done.rows_duplicate,
        "rejected": done.rows_rejected,
        "total": done.rows_total,
    }
    if as_json:
        click.echo(json.dumps({"site": row.slug, "tool": done.report["dialect_name"], **counts}))
        return
    click.echo(
        f"{file.name}: read as {done.report['dialect_name']}. "
        + ", ".join(f"{n:,} {what}" for what, n in counts.items())
    )
    for problem in done.report["problems"][:10]:
        click.echo(f"  line {problem['line']}: {problem['reason']}")


def import_file(app, site_id: int, file: Path, mapping: dict | None = None):
    """Import a file now, whether a worker is there or not; return the row of the import, or raise its error."""
    stored = app.config["SETTINGS"].uploads / f"{uuid.uuid4().hex}{file.suffix.lower()}"
    try:
        shutil.copyfile(file, stored)
    except OSError as error:
        with suppress(OSError):  # a folder that cannot be entered
            stored.unlink(missing_ok=True)
        raise Igny8Error(
            f"{file} cannot be taken into {stored.parent}: {error.strerror}. "
            "“igny8 doctor” says what to do about it."
        ) from error
    import_id = keyword_import.preview(site_id, stored, file.name, mapping)
    keyword_import.confirm(site_id, import_id)
    while _load_import(import_id).state == "queued" and keyword_import.import_next():
        pass
    done = _load_import(import_id)
    if done.state == "failed":
        raise Igny8Error(done.error)
    return done


def _load_import(import_id: int):
    with read_transaction() as tx:
        return tx.execute(
            select(KeywordImport.__table__).where(KeywordImport.id == import_id)
        ).one()

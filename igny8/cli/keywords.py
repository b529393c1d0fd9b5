"""Import keyword files without a browser."""

import json
import shutil
import sys
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from flask import Flask
from slugify import slugify
from sqlalchemy import Row, select

from igny8 import clock
from igny8.cli.common import open_database
from igny8.engine import keyword_import
from igny8.engine.site_deletion import remove_site
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.keyword_fields import LABELS, MAPPABLE
from igny8.models import KeywordImport, Site

EXIT_WARNINGS = 3  # imported, but something in the file should be checked
EXIT_CHOICE = 4  # not imported: the encoding or the keyword column has to be chosen
POLL_INTERVAL_S = 0.3
SHOWN = 10  # rows listed per kind


class ChoiceNeeded(Igny8Error):
    """A file that a person has to say something about before it is imported; `report` says what."""

    def __init__(self, report: dict) -> None:
        super().__init__("The file was not imported: a choice is needed.")
        self.report = report


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
    report says which option makes it); 1 the file cannot be read.
    """
    mapping = _mapping(maps, columns)
    app = open_database(create=True)
    with app.app_context():
        row, made = find_or_create_site(site)
        try:
            done = import_file(app, row.id, file, mapping or None, encoding=encoding, sheet=sheet)
        except ChoiceNeeded as choice:
            _report_choice(file, choice.report, as_json)
            sys.exit(EXIT_CHOICE)
        except Igny8Error:
            if made:
                home = app.config["SETTINGS"]
                remove_site(row.id, home.images, home.uploads)
            raise
        if made:
            click.echo(f"Created the site {row.name!r} ({row.slug}).", err=True)
    _report(row.slug, file, done, as_json)
    if needs_attention(done.report):
        sys.exit(EXIT_WARNINGS)


def find_or_create_site(reference: str) -> tuple[Row[Any], bool]:
    """Return the row of a site, and whether it was created now; raise Igny8Error for a bad name."""
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


def import_file(
    app: Flask, site_id: int, file: Path, mapping: dict | None = None, **options: str
) -> Row:
    """Import a file now, whether a worker runs or not; return the row of the import.

    Raises ChoiceNeeded, or the error of a file that cannot be read.
    """
    stored = app.config["SETTINGS"].uploads / f"{uuid.uuid4().hex}{file.suffix.lower()}"
    try:
        shutil.copyfile(file, stored)
    except OSError as error:
        with suppress(OSError):  # a folder that cannot be entered
            stored.unlink(missing_ok=True)
        raise Igny8Error(
            f"{file} cannot be copied to {stored.parent}: {error.strerror}. "
            "“igny8 doctor” says what to do about it."
        ) from error
    import_id = keyword_import.preview(site_id, stored, file.name, mapping, **options)
    report = _import(import_id).report
    if report["dialect"] == keyword_import.UNKNOWN or report.get("encodings"):
        raise ChoiceNeeded(report)
    if not report["taken"]:
        reasons = [each["reason"] for each in (report["problems"] + report["asides"])[:1]]
        raise Igny8Error(
            f"{file.name} has no keyword to import: {report['rows_total']:,} rows, "
            f"{report['rejected']:,} rejected, {report['set_aside']:,} set aside"
            + (f" (first: {reasons[0]})." if reasons else ".")
        )
    keyword_import.confirm(site_id, import_id)
    while _import(import_id).state == "queued":
        if not keyword_import.import_next():
            clock.sleep(POLL_INTERVAL_S)  # a worker has it
    done = _import(import_id)
    if done.state == "failed":
        raise Igny8Error(done.error)
    return done


def needs_attention(report: dict) -> bool:
    """Return whether a report has warnings that somebody should look at."""
    return bool(report.get("warnings") or report.get("unused"))


def _mapping(maps: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    pairs = [text.rpartition("=")[::2][::-1] for text in maps if "=" in text]
    pairs += [tuple(text.split("=", 1)) for text in columns if "=" in text]
    mapping = {name.strip(): column.strip() for name, column in pairs}
    if len(pairs) != len(maps) + len(columns) or not set(mapping) <= set(MAPPABLE):
        raise click.BadParameter(
            f"use COLUMN=FIELD, where FIELD is one of {', '.join(MAPPABLE)}", param_hint="--map"
        )
    return mapping


def _report(slug: str, file: Path, done: Row, as_json: bool) -> None:
    report = done.report
    counts = {
        "new": done.rows_new,
        "known": done.rows_known,
        "updated": done.rows_updated,
        "variants": done.rows_variant,
        "duplicates": done.rows_duplicate,
        "set_aside": done.rows_set_aside,
        "rejected": done.rows_rejected,
        "total": done.rows_total,
    }
    if as_json:
        shown = ("used", "ignored", "unused", "warnings", "notes", "problems", "asides")
        rest = {name: report.get(name) for name in shown}
        tool = {"tool": report["dialect_name"], "encoding": report["encoding"]}
        click.echo(json.dumps({"site": slug, **tool, **counts, **rest}, ensure_ascii=False))
        return
    click.echo(
        f"{file.name}: read as {report['dialect_name']}, {report['encoding']}. "
        + ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in counts.items())
    )
    if done.updated_fields:
        fields = ", ".join(LABELS.get(name, name).lower() for name in done.updated_fields)
        click.echo(f"  updated: {fields}")
    _report_columns(report)
    for title, name in (("rejected", "problems"), ("set aside", "asides")):
        for problem in report[name][:SHOWN]:
            click.echo(f"  {title}, line {problem['line']}: {problem['text']}: {problem['reason']}")


def _report_columns(report: dict) -> None:
    used = ", ".join(f"{LABELS[name]} from “{column}”" for name, column in report["used"].items())
    click.echo(f"  columns: {used}")
    unused = {each["column"]: each["field"] for each in report.get("unused", [])}
    for column, why in report["ignored"].items():
        if column not in unused:
            click.echo(f"  not used: “{column}”: {why}")
    for note in report.get("notes", []):
        click.echo(f"  note: {note}")
    for warning in report["warnings"]:
        click.echo(f"  warning: {warning}", err=True)
    for column, field in unused.items():
        click.echo(
            f"  warning: the column “{column}” holds numbers and is not used. "
            f'Use it with --map "{column}={field or "FIELD"}".',
            err=True,
        )


def _report_choice(file: Path, report: dict, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    if report.get("encodings"):
        click.echo(f"{file.name}: the encoding is not certain. Nothing was imported. Choose one:")
        for choice in report["encodings"]:
            click.echo(f"  --encoding {choice['codec']}: {' · '.join(choice['samples'])}")
        return
    click.echo(f"{file.name}: {report.get('message', '')} Nothing was imported.")
    click.echo("  Use --map COLUMN=text for the keywords, and --map COLUMN=volume and so on.")
    for record in report.get("records", [])[:3]:
        click.echo("  " + " · ".join(record))


def _import(import_id: int) -> Row:
    with read_transaction() as tx:
        return tx.execute(
            select(KeywordImport.__table__).where(KeywordImport.id == import_id)
        ).one()

"""Print the result of importing a keyword file."""

import json
from pathlib import Path

import click
from sqlalchemy import Row

from igny8.keyword_fields import LABELS

SHOWN = 10  # rows listed per kind


def print_report(slug: str, file: Path, done: Row, as_json: bool) -> None:
    """Print how an import (its row) changed the keywords of a site."""
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
        click.echo(json.dumps(_as_json(slug, report, counts), ensure_ascii=False))
        return
    click.echo(
        f"{file.name}: read as {report['dialect_name']}, {report['encoding']}. "
        + ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in counts.items())
    )
    if done.updated_fields:
        fields = ", ".join(LABELS.get(name, name).lower() for name in done.updated_fields)
        click.echo(f"  updated: {fields}")
    _print_columns(report)
    _print_rows_not_taken(report)


def _as_json(slug: str, report: dict, counts: dict[str, int]) -> dict:
    shown = ("used", "ignored", "unused", "warnings", "notes", "problems", "asides")
    tool = {"tool": report["dialect_name"], "encoding": report["encoding"]}
    return {"site": slug, **tool, **counts, **{name: report.get(name) for name in shown}}


def _print_rows_not_taken(report: dict) -> None:
    """Print the first rows that were rejected or set aside, with the reason."""
    for title, name in (("rejected", "problems"), ("set aside", "asides")):
        for problem in report[name][:SHOWN]:
            click.echo(f"  {title}, line {problem['line']}: {problem['text']}: {problem['reason']}")


def _print_columns(report: dict) -> None:
    """Print which columns were used, which were ignored, and the notes and warnings."""
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


def print_choice(file: Path, report: dict, as_json: bool) -> None:
    """Print what has to be chosen before a file can be imported: encoding or keyword column."""
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    elif report.get("encodings"):
        click.echo(f"{file.name}: the encoding is not certain. Nothing was imported. Choose one:")
        for choice in report["encodings"]:
            click.echo(f"  --encoding {choice['codec']}: {' · '.join(choice['samples'])}")
    else:
        click.echo(f"{file.name}: {report.get('message', '')} Nothing was imported.")
        click.echo("  Use --map COLUMN=text for the keywords, and --map COLUMN=volume and so on.")
        for record in report.get("records", [])[:3]:
            click.echo("  " + " · ".join(record))

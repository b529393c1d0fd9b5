"""Commands that maintain an installation: backup, restore, doctor, tables, keys and files."""

import json
import re
import sys
from datetime import timedelta

import click

from igny8 import clock
from igny8.app import create_app
from igny8.cli.common import open_database
from igny8.cli.database import print_vacuum
from igny8.formatting import pluralize
from igny8.upkeep import doctor, history, key_rotation, orphan_files

NOTHING_TO_CLEAN_UP = "Every file is in use or younger than a day."
AGE_DAYS = {"d": 1, "w": 7, "y": 365}
MAX_AGE_DAYS = 100 * 365
KEPT = (
    "Kept: articles and all they need, runs with their counters, credits and money, the newest run "
    "of each site, and runs that a kept run retries."
)
MARKS = {"ok": "  ", "note": "· ", "warn": "! ", "bad": "!!"}


@click.command(name="rotate-key")
def rotate_key() -> None:
    """Create a new encryption key and re-encrypt all stored secrets."""
    app = open_database()
    settings = app.config["SETTINGS"]
    with app.app_context():
        count = key_rotation.rotate_key(settings)
    click.echo(
        f"{pluralize(count, 'stored secrets are', 'stored secret is')} encrypted with the new key. "
        f"Back up {settings.key_file or 'IGNY8_ENCRYPTION_KEY'} apart from the database; the old "
        "key decrypts older backups only."
    )


@click.command(name="cleanup")
@click.option("--dry-run", is_flag=True, help="List the files, and move nothing.")
@click.option("--force", is_flag=True, help="Move them even where more files are unused than used.")
def cleanup(dry_run: bool, force: bool) -> None:
    """Move unused image and keyword files older than a day to a separate folder."""
    with open_database().app_context():
        if dry_run:
            files = orphan_files.find_orphans()
            click.echo("\n".join(map(str, files)) if files else NOTHING_TO_CLEAN_UP)
            return
        files, aside = orphan_files.move_orphans(force)
    click.echo(
        f"{pluralize(len(files), 'files')} moved to {aside}: delete that when nothing is missed."
        if files
        else NOTHING_TO_CLEAN_UP
    )


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
@click.option("--all", "show_all", is_flag=True, help="Also print what is in order.")
def doctor_command(as_json: bool, show_all: bool) -> None:
    """Check the installation and explain how to fix each problem.

    Exits with 0 if everything is in order, with 1 if something needs attention.
    """
    app = create_app()
    with app.app_context():
        findings = doctor.run_checks()
    is_healthy = doctor.is_healthy(findings)
    if as_json:
        click.echo(json.dumps(doctor.report(findings)))
    else:
        for finding in findings:
            if show_all or finding.level != "ok":
                click.echo(_finding_text(finding))
        if is_healthy:
            click.echo(f"Everything is in order. Data is in {app.config['SETTINGS'].data_dir}.")
    sys.exit(0 if is_healthy else 1)


def _finding_text(finding: doctor.Finding) -> str:
    cure = f"\n     → {finding.cure}" if finding.cure else ""
    return f"{MARKS[finding.level]} {finding.area}: {finding.text}{cure}"


@click.command(name="prune")
@click.option(
    "--older-than",
    required=True,
    metavar="AGE",
    help="Of runs that ended, and audit entries made, longer ago: 90d, 26w or 2y.",
)
@click.option("--dry-run", is_flag=True, help="Say how much would be deleted; delete nothing.")
@click.option("--keep-audit", is_flag=True, help="Keep the audit log.")
@click.option("--vacuum", "with_vacuum", is_flag=True, help="Give the space back afterwards.")
def prune(older_than: str, dry_run: bool, keep_audit: bool, with_vacuum: bool) -> None:
    """Delete old history: items, log lines and stored replies of ended runs, and audit entries.

    Articles and their data are kept, and so are runs with their counters, credits and money. The
    newest run of each site keeps its items and log, as do runs that a kept run retries.
    """
    before = clock.now() - parse_age(older_than)
    with open_database().app_context():
        if dry_run:
            click.echo(f"Would delete: {_history_text(history.measure(before, not keep_audit))}")
            click.echo(KEPT)
            return
        click.echo(
            f"Deleted: {_history_text(history.prune(before, not keep_audit, 'command line'))}"
        )
        click.echo(KEPT)
        if with_vacuum:
            print_vacuum()


def parse_age(text: str) -> timedelta:
    """Return the timedelta of a text such as 90d, 26w or 2y; at least a day."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})([dwy])", text.strip().lower())
    days = int(found[1]) * AGE_DAYS[found[2]] if found else 0
    if not 0 < days <= MAX_AGE_DAYS:
        raise click.BadParameter("use a number of days, weeks or years: 90d, 26w or 2y")
    return timedelta(days=days)


def _history_text(found: history.History) -> str:
    return (
        f"{pluralize(found.items, 'items')}, {pluralize(found.log_lines, 'log lines')}, "
        f"{pluralize(found.results, 'stage results')} and "
        f"{pluralize(found.replies, 'stored replies')} ({found.reply_bytes / 1e6:,.1f} MB) of "
        f"{pluralize(found.runs, 'runs')}; "
        f"{pluralize(found.audit_entries, 'audit entries')}."
    )

"""Commands that maintain an installation: backup, restore, doctor, tables, keys and files."""

import json
import re
import sys
from datetime import timedelta
from pathlib import Path

import click

from igny8 import clock
from igny8.app import create_app
from igny8.cli.common import open_database, require_installation
from igny8.database_app import create_database_app
from igny8.formatting import pluralize
from igny8.upkeep import doctor, history, key_rotation, orphan_files, schema, vacuum
from igny8.upkeep.backup import Backup, create_backup
from igny8.upkeep.restore import restore

NOTHING_TO_CLEAN_UP = "Every file is in use or younger than a day."
AGE_DAYS = {"d": 1, "w": 7, "y": 365}
MAX_AGE_DAYS = 100 * 365
KEPT = (
    "Kept: articles and all they need, runs with their counters, credits and money, the newest run "
    "of each site, and runs that a kept run retries."
)
MARKS = {"ok": "  ", "note": "· ", "warn": "! ", "bad": "!!"}


@click.group(name="db")
def database_group() -> None:
    """Upgrade or downgrade the database tables."""


@database_group.command(name="upgrade")
def db_upgrade() -> None:
    """Bring the tables to this version."""
    with create_database_app().app_context():
        schema.upgrade()
    click.echo("The database is up to date.")


@database_group.command(name="downgrade")
@click.argument("revision")
@click.confirmation_option(
    prompt="Data that only newer tables hold is lost. Is there a backup, is everything stopped?"
)
def db_downgrade(revision: str) -> None:
    """Take the tables back to REVISION, such as 0002, before older code is started."""
    require_installation()
    with create_database_app().app_context():
        schema.downgrade(revision)
    click.echo(f"The tables are at {revision}: start the older IGNY8 now.")


@database_group.command(name="vacuum")
def db_vacuum() -> None:
    """Give the space of deleted rows back; with SQLite, writers wait meanwhile."""
    with open_database().app_context():
        _vacuum()


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


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="Include the encryption key and the cookie secret.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def backup(file: Path | None, with_keys: bool, as_json: bool) -> None:
    """Write database, images and uploads into one archive, FILE, while everything keeps running."""
    require_installation()
    app = create_database_app()
    with app.app_context():
        made = create_backup(file, with_keys)
    if as_json:
        click.echo(json.dumps(_backup_as_json(made, with_keys)))
        return
    size = f"{made.bytes / 1e6:,.1f} MB, {pluralize(made.files, 'files')}"
    click.echo(f"Backed up and verified: {made.path} ({size}).")
    key = "encryption.key" if app.config["SETTINGS"].key_file else "IGNY8_ENCRYPTION_KEY"
    click.echo(
        "It contains the keys: whoever has this file can decrypt the API keys in it. Keep it safe."
        if with_keys
        else "The encryption key and the cookie secret are not in it. Without the encryption key "
        f"the stored API keys cannot be decrypted: keep a copy of {key} in another place, or use "
        "--with-keys."
    )
    if made.missing:
        click.echo(
            f"! {pluralize(len(made.missing), 'images')} that the database names could not be "
            f"found, such as {made.missing[0]}.",
            err=True,
        )


def _backup_as_json(made: Backup, with_keys: bool) -> dict[str, object]:
    return {
        "file": str(made.path),
        "bytes": made.bytes,
        "files": made.files,
        "keys": with_keys,
        "missing_images": list(made.missing),
    }


@click.command(name="restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--force", is_flag=True, help="Replace an installation; it is moved aside, not deleted."
)
def restore_command(file: Path, force: bool) -> None:
    """Restore an archive of “igny8 backup”, FILE, into an empty installation."""
    with create_app().app_context():
        for line in restore(file, force):
            click.echo(line)


@click.command(name="cleanup")
@click.option("--dry-run", is_flag=True, help="List the files, and move nothing.")
@click.option("--force", is_flag=True, help="Move them even where more files are unused than used.")
def cleanup(dry_run: bool, force: bool) -> None:
    """Move image and keyword files that nothing uses, older than a day, to a folder aside."""
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
    """Check the installation and say how to fix each problem.

    Exits with 0 when everything is in order, with 1 when something needs attention.
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

    Articles and all they need stay, and so do runs with their counters, credits and money. The
    newest run of each site keeps its items and log, and so do runs that a kept run retries.
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
            _vacuum()


def parse_age(text: str) -> timedelta:
    """Return the age of a text such as 90d, 26w or 2y; at least a day."""
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


def _vacuum() -> None:
    before, after = vacuum.vacuum()
    click.echo(
        f"The database has {after / 1e6:,.1f} MB now; before, it had {before / 1e6:,.1f} MB."
    )

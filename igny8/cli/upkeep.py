"""Backup, restore, doctor, tables and keys: what keeps an installation well."""

import json
import sys
from pathlib import Path

import click

from igny8 import create_app
from igny8.cli.common import ready_app
from igny8.stages.base import counted
from igny8.upkeep import doctor, key_rotation, orphan_files, schema
from igny8.upkeep.backup import create_backup
from igny8.upkeep.restore import restore

NOTHING_TO_CLEAN_UP = "Every file belongs to something, or is younger than a day."


@click.group(name="db")
def database_group() -> None:
    """Look after the database."""


@database_group.command(name="upgrade")
def db_upgrade() -> None:
    """Bring the tables to this version."""
    app = create_app()
    with app.app_context():
        schema.upgrade()
    click.echo("The database is up to date.")


@database_group.command(name="downgrade")
@click.argument("revision")
@click.confirmation_option(
    prompt="What only the newer tables hold is lost. Is there a backup, is everything stopped?"
)
def db_downgrade(revision) -> None:
    """Take the tables back to REVISION, such as 0002, before older code is started."""
    with create_app().app_context():
        schema.downgrade(revision)
    click.echo(f"The tables are at {revision}: start the older IGNY8 now.")


@click.command(name="rotate-key")
def rotate_key() -> None:
    """Make a new encryption key, and seal all stored secrets with it."""
    app = ready_app()
    with app.app_context():
        count = key_rotation.rotate_key(app.config["SETTINGS"])
    click.echo(
        f"{count:,} stored {'secret is' if count == 1 else 'secrets are'} sealed with the new key. Back up "
        f"{app.config['SETTINGS'].key_file or 'IGNY8_ENCRYPTION_KEY'} apart from the database; the old key "
        "opens older backups only."
    )


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--with-keys",
    is_flag=True,
    help="Put encryption key and cookie secret into the archive as well.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def backup(file, with_keys, as_json) -> None:
    """Write database, images and uploads into one archive, FILE, while everything goes on."""
    with create_app().app_context():
        made = create_backup(file, with_keys)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "file": str(made.path),
                    "bytes": made.bytes,
                    "files": made.files,
                    "keys": with_keys,
                    "missing_images": list(made.missing),
                }
            )
        )
        return
    click.echo(
        f"Backed up and read again: {made.path} ({made.bytes / 1e6:,.1f} MB, {made.files:,} files)."
    )
    if with_keys:
        click.echo(
            "It holds the keys: whoever has this file can open the stored keys of model servers. Lock it away."
        )
    else:
        click.echo(
            "The encryption key and the cookie secret are not in it. Without the encryption key the stored keys "
            "of model servers cannot be opened: keep encryption.key elsewhere, or use --with-keys."
        )
    if made.missing:
        click.echo(
            f"! {len(made.missing):,} images that the database names were not there as it knows them, such as "
            f"{made.missing[0]}.",
            err=True,
        )


@click.command(name="restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--force",
    is_flag=True,
    help="Replace what is there; it is moved aside, and nothing is deleted.",
)
def restore_command(file, force) -> None:
    """Put an archive of “igny8 backup”, FILE, in the place of an empty installation."""
    with create_app().app_context():
        for line in restore(file, force):
            click.echo(line)


@click.command(name="tidy")
@click.option("--dry-run", is_flag=True, help="Name the files, and move nothing.")
@click.option(
    "--force", is_flag=True, help="Also where more is left over than this database needs."
)
def cleanup(dry_run, force) -> None:
    """Move image and keyword files that nothing needs any more, and that are older than a day, into a folder aside."""
    with ready_app().app_context():
        if dry_run:
            files = orphan_files.find_orphans()
            click.echo("\n".join(map(str, files)) if files else NOTHING_TO_CLEAN_UP)
            return
        files, aside = orphan_files.move_orphans(force)
    click.echo(
        f"{counted(len(files), 'files')} moved to {aside}: delete that when nothing is missed."
        if files
        else NOTHING_TO_CLEAN_UP
    )


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
@click.option("--all", "in_full", is_flag=True, help="Print what is well, too.")
def doctor_command(as_json, in_full) -> None:
    """Check the installation and say what to do about each trouble.

    Ends with 0 when all is well, with 1 when something has to be looked at.
    """
    app = create_app()
    with app.app_context():
        found = doctor.run_checks()
    if as_json:
        click.echo(json.dumps(doctor.report(found)))
    else:
        for finding in found:
            if in_full or finding.level != "ok":
                mark = {"ok": "  ", "note": "· ", "warn": "! ", "bad": "!!"}[finding.level]
                cure = f"\n     → {finding.cure}" if finding.cure else ""
                click.echo(f"{mark} {finding.area}: {finding.text}{cure}")
        if doctor.is_healthy(found):
            click.echo(f"All is well. Data is in {app.config['SETTINGS'].data_dir}.")
    if not doctor.is_healthy(found):
        sys.exit(1)

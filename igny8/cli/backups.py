"""Back up an installation, and restore it."""

import json
from pathlib import Path

import click

from igny8.app import create_app
from igny8.cli.common import require_installation
from igny8.database_app import create_database_app
from igny8.formatting import pluralize
from igny8.upkeep.backup import Backup, create_backup
from igny8.upkeep.restore import restore


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
    counts = {"file": str(made.path), "bytes": made.bytes, "files": made.files}
    return counts | {"keys": with_keys, "missing_images": list(made.missing)}


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

"""The command line: `igny8 serve`, `igny8 run SITE --wait`, and what a script needs."""

import os
import sys
from importlib import metadata

import click
from sqlalchemy.exc import OperationalError

from igny8 import logs
from igny8.cli import accounts, keywords, processes, runs, upkeep
from igny8.config import log_level
from igny8.errors import Igny8Error
from igny8.redaction import redact


def main() -> None:
    """Run the command line; 0 is ok, 1 failed, 2 wrong use. An error is one clear sentence."""
    os.umask(0o077)  # database, uploads, images and keys are for this user alone
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Igny8Error as error:
        click.echo(f"igny8: {error}", err=True)
        sys.exit(1)
    except OperationalError as error:
        click.echo(
            f"igny8: The database does not answer: {redact(str(error.orig)).strip()}. Look at DATABASE_URL and "
            "its server; with SQLite, at the owner, the mode and the free space of the data folder.",
            err=True,
        )
        sys.exit(1)


@click.group()
@click.version_option(metadata.version("igny8"), prog_name="igny8")
def cli() -> None:
    """From a keyword export to articles waiting for review."""
    logs.configure(log_level(os.environ))


for command in (
    processes.serve,
    processes.web,
    processes.worker,
    keywords.import_keywords,
    runs.run,
    runs.status,
    runs.pause,
    runs.resume,
    runs.cancel,
    runs.retry_failed,
    accounts.setup_link,
    accounts.create_user,
    accounts.create_token,
    upkeep.backup,
    upkeep.restore_command,
    upkeep.doctor_command,
    upkeep.cleanup,
    upkeep.rotate_key,
    upkeep.database_group,
):
    cli.add_command(command)

"""The command line `igny8`. A command's module is imported only when the command is run."""

import importlib
import os
import sys

import click

from igny8.cli.lazy_group import LazyGroup
from igny8.errors import Igny8Error

OK, FAILED = 0, 1


def main() -> None:
    """Run the command line; it exits with 0 (ok), 1 (failed) or 2 (wrong use)."""
    os.umask(0o077)  # database, uploads, images and keys are readable by this user alone
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.Abort:
        code = FAILED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Igny8Error as error:
        click.echo(f"igny8: {error}", err=True)
        code = FAILED
    except Exception as error:  # a database error becomes a message; any other is raised again
        message = _database_message(error)
        if message is None:
            raise
        click.echo(f"igny8: {message}", err=True)
        code = FAILED
    sys.exit(code if isinstance(code, int) else OK)


def _print_version(ctx: click.Context, _: click.Parameter, is_asked: bool) -> None:
    """Print the version and exit; the package's metadata is read only then."""
    if is_asked:
        # it takes a third of the time of this command
        metadata = importlib.import_module("importlib.metadata")
        click.echo(f"igny8, version {metadata.version('igny8')}")
        ctx.exit()


@click.group(cls=LazyGroup)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """From a keyword export to articles waiting for review."""
    # `--help` and `--version` write no log, so they do not import this
    logs, config = (importlib.import_module(f"igny8.{name}") for name in ("logs", "config"))
    logs.configure(config.log_level(os.environ))


def _database_message(error: Exception) -> str | None:
    """Return the remedy for a database that does not answer; None for any other error."""
    if "sqlalchemy.exc" not in sys.modules:  # not loaded, so the error is not of a database
        return None
    lines = importlib.import_module("igny8.database_errors").explain(error)
    return lines and " ".join(lines)

"""A click group that imports a command only when it is used."""

import gc
import importlib
from types import ModuleType

import click

from igny8.cli.commands import COMMANDS, RENAMED_COMMANDS


class LazyGroup(click.Group):
    """The group of all commands; `--help` and `--version` import none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the register."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of this name; None if there is none."""
        name = RENAMED_COMMANDS.get(cmd_name, cmd_name)
        if name != cmd_name:
            click.echo(
                f"Warning: “igny8 {cmd_name}” is now called “igny8 {name}”; the old name "
                "will go with the next release.",
                err=True,
            )
        entry = COMMANDS.get(name)
        if entry is None:
            return None
        command = getattr(_import(f"igny8.cli.{entry.module}"), entry.attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command list of `--help` from the register."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


def _import(name: str) -> ModuleType:
    """Return the module of this name, imported without garbage collection.

    Imports create many objects and hardly any garbage: the collector took a tenth of the time of a
    short command. Freezing also exempts the imported objects from later collections.
    """
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()

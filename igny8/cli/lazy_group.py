"""A click group that imports a command only when it is asked for."""

import importlib

import click

from igny8.cli.commands import COMMANDS, RENAMED_COMMANDS


class LazyGroup(click.Group):
    """The group of all commands; `--help` and `--version` import none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the register."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name, imported now; None if there is none."""
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
        module = importlib.import_module(f"igny8.cli.{entry.module}")
        command = getattr(module, entry.attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands for `--help` from the register."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

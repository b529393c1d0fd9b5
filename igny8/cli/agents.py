"""The command that serves tools for agents: `igny8 mcp`."""

import os

import click

from igny8.cli.open_app import open_app
from igny8.errors import Igny8Error

try:
    from igny8.cli import mcp_server
except ImportError:  # the library “mcp” is optional
    mcp_server = None  # type: ignore[assignment]

TOKEN_VARIABLE = "IGNY8_API_TOKEN"  # the name of the variable # nosec B105


@click.command(name="mcp")
def mcp() -> None:
    """Serve tools for agents over standard input and output (Model Context Protocol).

    The environment variable IGNY8_API_TOKEN holds an API token; agents can do what it may.
    """
    token = os.environ.get(TOKEN_VARIABLE, "")
    if mcp_server is None:
        raise Igny8Error("The library “mcp” is missing. Install it: pip install “igny8[mcp]”.")
    if not token:
        raise Igny8Error(f"Set {TOKEN_VARIABLE} to an API token (“igny8 create-token”).")
    mcp_server.create_server(open_app(), token).run("stdio")

"""The command that serves tools for agents: `igny8 mcp`."""

import os

import click

from igny8.cli.open_app import open_app
from igny8.errors import Igny8Error

TOKEN_VARIABLE = "IGNY8_API_TOKEN"  # the name of the variable # nosec B105
MISSING_LIBRARY = (
    "The MCP server needs the library “mcp”: install IGNY8 with “pip install igny8[mcp]”."
)


@click.command(name="mcp")
def mcp() -> None:
    """Serve tools for agents over standard input and output (Model Context Protocol).

    The environment variable IGNY8_API_TOKEN holds an API token; agents can do what it may.
    """
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise Igny8Error(f"Set {TOKEN_VARIABLE} to an API token (“igny8 create-token”).")
    try:
        from igny8.cli.mcp_server import create_server  # noqa: PLC0415 - an optional library
    except ImportError as error:
        raise Igny8Error(MISSING_LIBRARY) from error
    create_server(open_app(), token).run("stdio")

"""The command that runs only workers, without the web server."""

import click

from igny8.cli.common import check_tables
from igny8.cli.running import run_until_stopped, workers_option
from igny8.worker_app import create_worker_app


@click.command()
@workers_option
def worker(workers: int) -> None:
    """Start only a worker; the web server runs elsewhere."""
    run_until_stopped(check_tables(create_worker_app(), create=True), workers)

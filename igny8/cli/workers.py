"""The command that runs workers alone: a process without pages."""

import click

from igny8.cli.common import check_tables
from igny8.cli.running import run_until_stopped, workers_option
from igny8.worker_app import create_worker_app


@click.command()
@workers_option
def worker(workers: int) -> None:
    """Start a worker alone; the web server runs elsewhere."""
    run_until_stopped(check_tables(create_worker_app(), create=True), workers)

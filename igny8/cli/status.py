"""`igny8 status`: show the snapshot of a run, without loading pages or queue."""

import json
from typing import Any

import click

from igny8 import progress
from igny8.cli.common import find_site, open_database


@click.command()
@click.argument("site")
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as JSON.")
def status(site: str, as_json: bool) -> None:
    """Show the active run of SITE, or the last one."""
    with open_database().app_context():
        snap = progress.snapshot(find_site(site))
    click.echo(json.dumps(snap) if as_json else "\n".join(_lines(snap)))


def _lines(snap: dict[str, Any]) -> list[str]:
    """Return the run as text: one line for the run and one per stage."""
    run, total = snap["run"], snap["global_progress"]
    if run is None:
        return [f"No run yet. {snap['idle']['waiting_items']:,} items are waiting."]
    head = (
        f"Run #{run['number']}: {run['label']} · {total['percentage']} % · "
        f"{total['completed_items']:,} of about {total['total_items']:,} items"
    )
    return [head, *(_stage_line(stage) for stage in snap["stages"])]


def _stage_line(stage: dict[str, Any]) -> str:
    return (
        f"  {stage['number']} {stage['name']:<25} {stage['badge']['text']:<12} "
        f"{stage['processed_count']:>7,} of {stage['input_count']:>7,}   "
        f"{stage['output_count']:>7,} {stage['output_unit']}"
    )

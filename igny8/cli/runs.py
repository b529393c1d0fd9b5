"""Commands that start, follow and control runs."""

import json
import time
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from sqlalchemy import Row

from igny8 import jobs, progress
from igny8.cli.common import find_site
from igny8.cli.open_app import open_app
from igny8.engine.runs import controls, retry, start_run
from igny8.errors import Igny8Error
from igny8.formatting import pluralize
from igny8.models import ENDED_WELL

BY = "command line"
REFRESH_INTERVAL_S = 0.25


@click.command()
@click.argument("site")
@click.option("--wait", is_flag=True, help="Follow the run with a progress bar until it ends.")
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as JSON.")
def run(site: str, wait: bool, as_json: bool) -> None:
    """Start a run of SITE; the workers carry it out."""
    with open_app().app_context():
        row = find_site(site)
        public_id, started = start_run.start_run(row.id, trigger="manual", by=BY)
        jobs.wake_workers()
        if wait:
            _follow_run(row, public_id)
        snap = progress.snapshot(row, public_id)
    if as_json:
        click.echo(json.dumps(snap))
    elif not wait:
        click.echo(_start_message(row.slug, snap["run"], started))
    if wait and snap["run"]["status"] not in ENDED_WELL:
        raise Igny8Error(f"The run ended as {snap['run']['label'].lower()}.")


def _start_message(slug: str, snap: dict[str, Any], started: bool) -> str:
    if snap["status"] == "nothing_to_do":
        return (
            "Nothing is waiting, so there is nothing to do. Import keywords with "
            f"“igny8 import-keywords {slug} FILE”."
        )
    state = "started" if started else "is active already"
    return f"Run #{snap['number']} {state} ({snap['run_id']})."


def _action_command(
    name: str, call: Callable[..., bool], done: str, unchanged: str
) -> click.Command:
    """Return the command of an action on a run, with its two answers."""

    @click.command(name=name, help=f"{name.capitalize()} the run of SITE.")
    @click.argument("site")
    def command(site: str) -> None:
        with open_app().app_context():
            changed = call(find_site(site).id, by=BY)
            jobs.wake_workers()
        click.echo(done if changed else unchanged)

    return command


pause = _action_command(
    "pause",
    controls.pause,
    "Pausing: work in progress is finished first.",
    "It is pausing or paused already.",
)
resume = _action_command("resume", controls.resume, "Resumed.", "It is running already.")
cancel = _action_command(
    "cancel",
    controls.cancel,
    "Cancelling: work in progress is finished first.",
    "It is being cancelled already.",
)


@click.command(name="retry-failed")
@click.argument("site")
def retry_failed(site: str) -> None:
    """Retry the failed items of SITE's run, and nothing else."""
    with open_app().app_context():
        public_id, count = retry.retry_failed(find_site(site).id, by=BY)
        jobs.wake_workers()
    click.echo(f"{pluralize(count, 'items')} queued again ({public_id}).")


def _follow_run(site: Row[Any], public_id: str) -> None:
    """Show the run's progress bar until the run ends; say so when no worker is running."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        bar = bars.add_task("Starting…", total=100, note="")
        while True:
            snap = progress.snapshot(site, public_id)
            bars.update(bar, completed=snap["global_progress"]["percentage"], **_bar_texts(snap))
            if not snap["run"]["open"]:
                return
            time.sleep(REFRESH_INTERVAL_S)


def _bar_texts(snap: dict[str, Any]) -> dict[str, str]:
    """Return the texts left and right of the bar: {description, note}."""
    run, left = snap["run"], snap["global_progress"]["estimated_remaining_time"]
    if not run["open"]:
        return {"description": f"Run #{run['number']}: {run['label']}", "note": ""}
    note = snap["notice"]["text"] if snap["notice"] else f"{left} left" if left else ""
    return {"description": snap["stages"][run["current_stage"] - 1]["name"], "note": note}

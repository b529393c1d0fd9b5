"""Runs: start, follow and steer them from a shell or a script."""

import json
import time

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from igny8 import jobs, progress
from igny8.cli.common import find_site, ready_app
from igny8.engine.runs import controls, retry, start_run
from igny8.errors import Igny8Error


@click.command()
@click.argument("site")
@click.option("--wait", is_flag=True, help="Follow the run with a bar until it ends.")
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as JSON.")
def run(site, wait, as_json) -> None:
    """Start a run of SITE; the workers carry it out."""
    app = ready_app()
    with app.app_context():
        row = find_site(site)
        public_id, started = start_run.start_run(row.id, trigger="manual", by="command line")
        jobs.wake_workers()
        if wait:
            _follow_run(row, public_id)
        snap = progress.snapshot(row, public_id)
    if as_json:
        click.echo(json.dumps(snap))
    elif not wait:
        number = snap["run"]["number"]
        if snap["run"]["status"] == "nothing_to_do":
            click.echo(
                "Nothing is waiting, so there is nothing to do. Import keywords with "
                f"“igny8 import-keywords {row.slug} FILE”."
            )
        else:
            click.echo(
                f"Run #{number} {'started' if started else 'is active already'} ({public_id})."
            )
    if wait and snap["run"]["status"] not in (
        "completed",
        "completed_with_errors",
        "nothing_to_do",
    ):
        raise Igny8Error(f"The run ended as {snap['run']['label'].lower()}.")


@click.command()
@click.argument("site")
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as JSON.")
def status(site, as_json) -> None:
    """Show the active run of SITE, or the last one."""
    app = ready_app()
    with app.app_context():
        snap = progress.snapshot(find_site(site))
    if as_json:
        click.echo(json.dumps(snap))
        return
    if snap["run"] is None:
        click.echo(f"No run yet. {snap['idle']['waiting_items']:,} items are waiting.")
        return
    whole, now = snap["global_progress"], snap["run"]
    click.echo(
        f"Run #{now['number']}: {now['label']} · {whole['percentage']} % · "
        f"{whole['completed_items']:,} of about {whole['total_items']:,} items"
    )
    for s in snap["stages"]:
        click.echo(
            f"  {s['number']} {s['name']:<25} {s['badge']['text']:<12} {s['processed_count']:>7,} of "
            f"{s['input_count']:>7,}   {s['output_count']:>7,} {s['output_unit']}"
        )


def _action_command(name: str, call, done: str, idle: str) -> click.Command:
    """Return the command for a verb of runs, with its two answers."""

    @click.command(name=name, help=f"{name.capitalize()} the run of SITE.")
    @click.argument("site")
    def command(site) -> None:
        app = ready_app()
        with app.app_context():
            changed = call(find_site(site).id, by="command line")
            jobs.wake_workers()
        click.echo(done if changed else idle)

    return command


pause = _action_command(
    "pause", controls.pause, "Pausing: what is in work is finished first.", "It pauses already."
)
resume = _action_command("resume", controls.resume, "Resumed.", "It goes on already.")
cancel = _action_command(
    "cancel",
    controls.cancel,
    "Cancelling: what is in work is finished first.",
    "It is being cancelled already.",
)


@click.command(name="retry-failed")
@click.argument("site")
def retry_failed(site) -> None:
    """Work on the failed items of SITE's run again, and on nothing else."""
    app = ready_app()
    with app.app_context():
        public_id, count = retry.retry_failed(find_site(site).id, by="command line")
        jobs.wake_workers()
    click.echo(f"{count:,} items queued again ({public_id}).")


def _follow_run(site, public_id: str) -> None:
    """Draw the run's bar until it ends; says so when no worker is there."""
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
            now, whole = snap["run"], snap["global_progress"]
            stage = snap["stages"][now["current_stage"] - 1]
            told = snap["notice"] or {}
            left = whole["estimated_remaining_time"]
            note = told.get("text", "") if now["open"] and told else f"{left} left" if left else ""
            bars.update(
                bar,
                completed=whole["percentage"],
                note=note,
                description=stage["name"]
                if now["open"]
                else f"Run #{now['number']}: {now['label']}",
            )
            if not now["open"]:
                return
            time.sleep(0.25)

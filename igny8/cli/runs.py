"""Commands that start, follow and control runs."""

import json
from collections.abc import Callable
from typing import Any

import click

from igny8 import jobs, progress
from igny8.cli.common import find_site
from igny8.cli.follow_run import BLOCKED, TIMED_OUT, exit_code, follow_run
from igny8.cli.open_app import open_app
from igny8.engine.runs import controls, retry, start_run
from igny8.formatting import pluralize
from igny8.models import ENDED_WELL

BY = "command line"
TIMED_OUT_TEXT = "The run has not ended within the timeout; it continues."


@click.command()
@click.argument("site")
@click.option("--wait", is_flag=True, help="Follow the run until it ends or is blocked.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="With --wait: stop waiting after this time; the run continues.",
)
@click.option("--first", type=click.IntRange(min=1), metavar="N", help="Write N articles at most.")
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as JSON.")
@click.pass_context
def run(
    ctx: click.Context,
    site: str,
    wait: bool,
    timeout: float | None,
    first: int | None,
    as_json: bool,
) -> None:
    """Start a run of SITE; the workers carry it out.

    Exit codes with --wait: 0 completed, 1 failed or cancelled, 3 blocked, 4 timeout reached (for
    example because no worker is running).
    """
    code = 0
    with open_app().app_context():
        row = find_site(site)
        public_id, started = start_run.start_run(row.id, trigger="manual", by=BY, first=first)
        jobs.wake_workers()
        followed = follow_run(row, public_id, timeout) if wait else None
        snap = progress.snapshot(row, public_id) if followed is None else followed
    if as_json:
        click.echo(json.dumps(snap))
    elif not wait:
        click.echo(_start_message(row.slug, snap["run"], started))
    if wait:
        code = exit_code(followed, ENDED_WELL)
        if code:
            click.echo(f"igny8: {_end_message(code, snap)}", err=True)
    ctx.exit(code)


def _end_message(code: int, snap: dict[str, Any]) -> str:
    """Return why the command stops waiting for a run that did not complete."""
    if code == BLOCKED:
        return f"The run is blocked: {snap['run']['status_reason']}"
    if code == TIMED_OUT:
        return f"{TIMED_OUT_TEXT} {snap['notice']['text'] if snap['notice'] else ''}".strip()
    return f"The run ended as {snap['run']['label'].lower()}."


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
    """Return the command of an action on a run, with its two messages."""

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
    """Retry only the failed items of SITE's run."""
    with open_app().app_context():
        public_id, count = retry.retry_failed(find_site(site).id, by=BY)
        jobs.wake_workers()
    click.echo(f"{pluralize(count, 'items')} queued again ({public_id}).")

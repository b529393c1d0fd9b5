"""The command line: `igny8 serve`, `igny8 run SITE --wait`, and what a script needs."""

import json
import os
import shutil
import signal
import sys
import threading
import time
import uuid
from datetime import timedelta
from importlib import metadata
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from slugify import slugify
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from igny8 import clock, create_app, jobs, logs, progress, serving
from igny8.config import DEMONSTRATION
from igny8.engine import begin, controls, intake, keys, retry
from igny8.engine.removal import remove_site
from igny8.errors import Igny8Error
from igny8.extensions import db, reading, writing
from igny8.importers import MAPPABLE, sample_path
from igny8.models import (
    ROLES,
    ApiToken,
    AuditEntry,
    KeywordImport,
    Membership,
    Site,
    User,
    passwords,
)
from igny8.models.api_token import SCOPES
from igny8.models.tokens import setup_token
from igny8.redaction import redact
from igny8.upkeep import doctor, schema
from igny8.upkeep.backup import back_up
from igny8.upkeep.restore import restore

STOPPED = threading.Event()
REQUESTS_END = 10.0
LIVELY = "latency=0.8,failures=0.03,limits=0.01,permanent=0.01,empty=0.03"  # how a demonstration behaves


def main() -> None:
    """Run the command line; 0 is ok, 1 failed, 2 wrong use. An error is one clear sentence."""
    os.umask(0o077)  # database, uploads, images and keys are for this user alone
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Igny8Error as error:
        click.echo(f"igny8: {error}", err=True)
        sys.exit(1)
    except OperationalError as error:
        click.echo(f"igny8: The database does not answer: {redact(str(error.orig)).strip()}. Look at DATABASE_URL and "
                   "its server; with SQLite, at the owner, the mode and the free space of the data folder.", err=True)
        sys.exit(1)


@click.group()
@click.version_option(metadata.version("igny8"), prog_name="igny8")
def cli() -> None:
    """From a keyword export to articles waiting for review."""
    logs.set_up(os.environ.get("IGNY8_LOG"))


@cli.command()
@click.option("--host", help="Address to listen on (IGNY8_HOST; 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (IGNY8_PORT; 8008).")
@click.option("--workers", type=click.IntRange(1, 32), default=2, show_default=True,
              help="How many items are worked on at once.")
@click.option("--demo", is_flag=True, help="Show a lively run: sample texts, no key, data of its own.")
def serve(host, port, workers, demo) -> None:
    """Start web and workers together: the whole product in one process."""
    if demo:
        _demonstrate()
    app = _app()
    with app.app_context():
        schema.upgrade()
        if demo:
            _plant_sample(app)
    _run(app, host, port, workers, with_web=True)


@cli.command()
@click.option("--host", help="Address to listen on (IGNY8_HOST; 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (IGNY8_PORT; 8008).")
def web(host, port) -> None:
    """Start the pages alone; workers run elsewhere."""
    app = _app()
    _require_tables(app)
    _run(app, host, port, 0, with_web=True)


@cli.command()
@click.option("--workers", type=click.IntRange(1, 32), default=2, show_default=True,
              help="How many items are worked on at once.")
def worker(workers) -> None:
    """Start a worker alone; the pages run elsewhere."""
    app = _app()
    _require_tables(app)
    _run(app, None, None, workers, with_web=False)


@cli.group(name="db")
def database() -> None:
    """Look after the database."""


@database.command(name="upgrade")
def db_upgrade() -> None:
    """Bring the tables to this version."""
    app = _app()
    with app.app_context():
        schema.upgrade()
    click.echo("The database is up to date.")


@database.command(name="downgrade")
@click.argument("revision")
@click.confirmation_option(prompt="What only the newer tables hold is lost. Is there a backup, is everything stopped?")
def db_downgrade(revision) -> None:
    """Take the tables back to REVISION, such as 0002, before older code is started."""
    with _app().app_context():
        schema.downgrade(revision)
    click.echo(f"The tables are at {revision}: start the older IGNY8 now.")


@cli.command(name="import-keywords")
@click.argument("site")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--column", "columns", multiple=True, metavar="FIELD=NAME",
              help="Name a column by hand, as in --column text=Phrase --column volume=Searches.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def import_keywords(site, file, columns, as_json) -> None:
    """Take in a keyword export; SITE is made if it is new."""
    mapping = dict(column.split("=", 1) for column in columns if "=" in column)
    if len(mapping) != len(columns) or not set(mapping) <= set(MAPPABLE):
        raise click.BadParameter(f"use FIELD=NAME, where FIELD is one of {', '.join(MAPPABLE)}", param_hint="--column")
    app = _app()
    _require_tables(app)
    with app.app_context():
        row, made = _find_or_make(site)
        try:
            done = _take_in(app, row.id, file, mapping or None)
        except Igny8Error:
            if made:
                home = app.config["SETTINGS"]
                remove_site(row.id, home.images, home.uploads)
            raise
        if made:
            click.echo(f"Made the site {row.name!r} ({row.slug}).", err=True)
    counts = {"new": done.rows_new, "known": done.rows_known, "duplicates": done.rows_duplicate,
              "rejected": done.rows_rejected, "total": done.rows_total}
    if as_json:
        click.echo(json.dumps({"site": row.slug, "tool": done.report["dialect_name"], **counts}))
        return
    click.echo(f"{file.name}: read as {done.report['dialect_name']}. "
               + ", ".join(f"{n:,} {what}" for what, n in counts.items()))
    for problem in done.report["problems"][:10]:
        click.echo(f"  line {problem['line']}: {problem['reason']}")


@cli.command()
@click.argument("site")
@click.option("--wait", is_flag=True, help="Follow the run with a bar until it ends.")
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as JSON.")
def run(site, wait, as_json) -> None:
    """Start a run of SITE; the workers carry it out."""
    app = _app()
    _require_tables(app)
    with app.app_context():
        row = _find(site)
        public_id, started = begin.run_now(row.id, trigger="manual", by="command line")
        jobs.ring()
        if wait:
            _follow(row, public_id)
        picture = progress.snapshot(row, public_id)
    if as_json:
        click.echo(json.dumps(picture))
    elif not wait:
        number = picture["run"]["number"]
        if picture["run"]["status"] == "nothing_to_do":
            click.echo("Nothing is waiting, so there is nothing to do. Import keywords with "
                       f"“igny8 import-keywords {row.slug} FILE”.")
        else:
            click.echo(f"Run #{number} {'started' if started else 'is active already'} ({public_id}).")
    if wait and picture["run"]["status"] not in ("completed", "completed_with_errors", "nothing_to_do"):
        raise Igny8Error(f"The run ended as {picture['run']['label'].lower()}.")


@cli.command()
@click.argument("site")
@click.option("--json", "as_json", is_flag=True, help="Print the snapshot as JSON.")
def status(site, as_json) -> None:
    """Show the active run of SITE, or the last one."""
    app = _app()
    _require_tables(app)
    with app.app_context():
        picture = progress.snapshot(_find(site))
    if as_json:
        click.echo(json.dumps(picture))
        return
    if picture["run"] is None:
        click.echo(f"No run yet. {picture['idle']['waiting_items']:,} items are waiting.")
        return
    whole, now = picture["global_progress"], picture["run"]
    click.echo(f"Run #{now['number']}: {now['label']} · {whole['percentage']} % · "
               f"{whole['completed_items']:,} of about {whole['total_items']:,} items")
    for s in picture["stages"]:
        click.echo(f"  {s['number']} {s['name']:<25} {s['badge']['text']:<12} {s['processed_count']:>7,} of "
                   f"{s['input_count']:>7,}   {s['output_count']:>7,} {s['output_unit']}")


def _verb(name: str, call, done: str, idle: str):
    @cli.command(name=name, help=f"{name.capitalize()} the run of SITE.")
    @click.argument("site")
    def command(site) -> None:
        app = _app()
        _require_tables(app)
        with app.app_context():
            changed = call(_find(site).id, by="command line")
            jobs.ring()
        click.echo(done if changed else idle)
    return command


_verb("pause", controls.pause, "Pausing: what is in work is finished first.", "It pauses already.")
_verb("resume", controls.resume, "Resumed.", "It goes on already.")
_verb("cancel", controls.cancel, "Cancelling: what is in work is finished first.", "It is being cancelled already.")


@cli.command(name="retry-failed")
@click.argument("site")
def retry_failed(site) -> None:
    """Work on the failed items of SITE's run again, and on nothing else."""
    app = _app()
    _require_tables(app)
    with app.app_context():
        public_id, count = retry.retry_failed(_find(site).id, by="command line")
        jobs.ring()
    click.echo(f"{count:,} items queued again ({public_id}).")


@cli.command(name="rotate-key")
def rotate_key() -> None:
    """Make a new encryption key, and seal all stored secrets with it."""
    app = _app()
    _require_tables(app)
    with app.app_context():
        count = keys.rotate(app.config["SETTINGS"])
    click.echo(f"{count:,} stored {'secret is' if count == 1 else 'secrets are'} sealed with the new key. Back up "
               f"{app.config['SETTINGS'].key_file or 'IGNY8_ENCRYPTION_KEY'} apart from the database; the old key "
               "opens older backups only.")


@cli.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-keys", is_flag=True, help="Put encryption key and cookie secret into the archive as well.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def backup(file, with_keys, as_json) -> None:
    """Write database, images and uploads into one archive, FILE, while everything goes on."""
    with _app().app_context():
        made = back_up(file, with_keys)
    if as_json:
        click.echo(json.dumps({"file": str(made.path), "bytes": made.bytes, "files": made.files, "keys": with_keys,
                               "missing_images": list(made.missing)}))
        return
    click.echo(f"Backed up and read again: {made.path} ({made.bytes / 1e6:,.1f} MB, {made.files:,} files).")
    if with_keys:
        click.echo("It holds the keys: whoever has this file can open the stored keys of model servers. Lock it away.")
    else:
        click.echo("The encryption key and the cookie secret are not in it. Without the encryption key the stored keys "
                   "of model servers cannot be opened: keep encryption.key elsewhere, or use --with-keys.")
    if made.missing:
        click.echo(f"! {len(made.missing):,} images that the database names were not there as it knows them, such as "
                   f"{made.missing[0]}.", err=True)


@cli.command(name="restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is there; it is moved aside, and nothing is deleted.")
def restore_backup(file, force) -> None:
    """Put an archive of “igny8 backup”, FILE, in the place of an empty installation."""
    with _app().app_context():
        for line in restore(file, force):
            click.echo(line)


@cli.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
@click.option("--all", "in_full", is_flag=True, help="Print what is well, too.")
def see_doctor(as_json, in_full) -> None:
    """Check the installation and say what to do about each trouble.

    Ends with 0 when all is well, with 1 when something has to be looked at.
    """
    app = _app()
    with app.app_context():
        found = doctor.examine()
    if as_json:
        click.echo(json.dumps(doctor.report(found)))
    else:
        for finding in found:
            if in_full or finding.level != "ok":
                mark = {"ok": "  ", "note": "· ", "warn": "! ", "bad": "!!"}[finding.level]
                cure = f"\n     → {finding.cure}" if finding.cure else ""
                click.echo(f"{mark} {finding.area}: {finding.text}{cure}")
        if doctor.is_well(found):
            click.echo(f"All is well. Data is in {app.config['SETTINGS'].data_dir}.")
    if not doctor.is_well(found):
        sys.exit(1)


@cli.command(name="setup-link")
def setup_link() -> None:
    """Print the link of the first account again; there is none once it is made."""
    app = _app()
    _require_tables(app)
    settings = app.config["SETTINGS"]
    if not _lead_in(app, f"http://{settings.host}:{settings.port}"):
        raise Igny8Error("There is an account already. “igny8 create-user NAME --admin” makes another one.")


@cli.command(name="create-user")
@click.argument("name")
@click.option("--admin", is_flag=True, help="An administrator of the whole installation.")
@click.option("--site", "places", multiple=True, metavar="SITE=ROLE",
              help=f"Give a place on a site: {', '.join(ROLES)}.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, for scripts.")
def create_user(name, admin, places, password_stdin) -> None:
    """Make an account; the password is asked for."""
    app = _app()
    _require_tables(app)
    roles = dict(place.rpartition("=")[::2] for place in places)
    if not set(roles.values()) <= set(ROLES) or "" in roles:
        raise click.BadParameter(f"use SITE=ROLE, where ROLE is one of {', '.join(ROLES)}", param_hint="--site")
    with app.app_context():
        sites = {_find(slug).id: role for slug, role in roles.items()}
        password = sys.stdin.readline().rstrip("\n") if password_stdin else click.prompt(
            "Password", hide_input=True, confirmation_prompt=True)
        weakness = User.fault_of(name) or passwords.weakness(password, name)
        if weakness:
            raise Igny8Error(weakness)
        hashed = passwords.kept(password)
        with writing() as tx:
            user_id = User.create(tx, " ".join(name.split())[:80], hashed, is_admin=admin)
            for site_id, role in sites.items():
                Membership.put(tx, user_id, site_id, role)
            AuditEntry.log(tx, "account: make", "command line", detail=name)
    click.echo(f"Made the account {name!r}.")


@cli.command(name="create-token")
@click.argument("user")
@click.option("--name", default="command line", show_default=True, help="To know it by.")
@click.option("--scope", type=click.Choice(list(SCOPES)), default="read", show_default=True)
@click.option("--days", type=click.IntRange(1, 3650), help="Ends after so many days; without it, never.")
def create_token(user, name, scope, days) -> None:
    """Make a token for a program of USER and print it, this once."""
    app = _app()
    _require_tables(app)
    with app.app_context(), writing() as tx:
        row = User.find(tx, user)
        if row is None:
            raise Igny8Error(f"There is no account {user!r}. Make it with “igny8 create-user”.")
        ends = clock.now() + timedelta(days=days) if days else None
        token = ApiToken.create(tx, row.id, name, scope, ends)
        AuditEntry.log(tx, "make a token", "command line", detail=f"user {row.name}, scope {scope}")
    click.echo(token)


def _lead_in(app, address: str) -> bool:
    """Print the link of the first account while there is none; return whether it was printed."""
    with app.app_context(), reading() as tx:
        if User.any(tx):
            return False
    token = setup_token(app.config["SETTINGS"].secret_key)
    click.echo(f"Nobody has an account yet. Open this link to begin:\n  {address}/setup?token={token}")
    return True


def _app():
    return create_app()


def _demonstrate() -> None:
    """Let every stage be worked in by the demonstration provider, on data that nothing else uses."""
    os.environ["IGNY8_DATA_DIR"] = str(Path(os.environ.get("IGNY8_DATA_DIR") or "var") / "demo")
    for name in ("DATABASE_URL", "HUEY_URL"):
        os.environ.pop(name, None)
    os.environ["IGNY8_AI_BASE_URL"] = DEMONSTRATION
    os.environ.setdefault("IGNY8_DEMO", LIVELY)
    click.echo("Demonstration: texts and images are samples, and nothing is sent anywhere.")


def _require_tables(app) -> None:
    with app.app_context():
        schema.require()


def _find(reference):
    site = Site.find(reference)
    db.session.rollback()
    if site is None:
        with reading() as tx:
            names = tx.execute(select(Site.slug).order_by(Site.slug)).scalars().all()
        raise Igny8Error(f"There is no site {reference!r}. " + (
            f"There are: {', '.join(names)}." if names else "Make one with “igny8 import-keywords SITE FILE”."))
    return site


def _find_or_make(reference) -> tuple:
    """Return the row of a site, and whether it was made just now."""
    with writing() as tx:
        row = Site.find(reference, tx)
        if row is not None:
            return row, False
        slug = slugify(reference, max_length=80)
        if not slug:
            raise Igny8Error(f"{reference!r} has no letter or digit to make an address of; name the site otherwise.")
        row = Site.find(slug, tx)
        if row is not None:
            return row, False
        Site.create(tx, name=reference, slug=slug)
        return Site.find(slug, tx), True


def _take_in(app, site_id: int, file: Path, mapping: dict | None = None):
    """Import a file now, whether a worker is there or not; return the row of the import, or raise its error."""
    stored = app.config["SETTINGS"].uploads / f"{uuid.uuid4().hex}{file.suffix.lower()}"
    shutil.copyfile(file, stored)
    import_id = intake.preview(site_id, stored, file.name, mapping)
    intake.confirm(site_id, import_id)
    while _import(import_id).state == "queued" and intake.work_off():
        pass
    done = _import(import_id)
    if done.state == "failed":
        raise Igny8Error(done.error)
    return done


def _plant_sample(app) -> None:
    """Give a demonstration that is new a site with the bundled sample, and begin a run of it."""
    with writing() as tx:
        if tx.execute(select(Site.id).limit(1)).first() is not None:
            return
        site_id = Site.create(tx, "Demonstration", "demonstration")
    _take_in(app, site_id, sample_path())
    begin.run_now(site_id, by="the demonstration")


def _import(import_id: int):
    with reading() as tx:
        return tx.execute(select(KeywordImport.__table__).where(KeywordImport.id == import_id)).one()


def _follow(site, public_id: str) -> None:
    """Draw the run's bar until it ends; says so when no worker is there."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
               TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=Console(stderr=True)) as bars:
        bar = bars.add_task("Starting…", total=100, note="")
        while True:
            picture = progress.snapshot(site, public_id)
            now, whole = picture["run"], picture["global_progress"]
            stage = picture["stages"][now["current_stage"] - 1]
            told = picture["notice"] or {}
            left = whole["estimated_remaining_time"]
            note = told.get("text", "") if now["open"] and told else f"{left} left" if left else ""
            bars.update(bar, completed=whole["percentage"], note=note, description=stage["name"] if now["open"]
                        else f"Run #{now['number']}: {now['label']}")
            if not now["open"]:
                return
            time.sleep(0.25)


def _stop(*_) -> None:
    """Ask for the end; asked a second time, end at once: the next start gives back what was in work."""
    if STOPPED.is_set():
        os._exit(130)
    STOPPED.set()


def _run(app, host, port, slots: int, with_web: bool) -> None:
    """Run until SIGINT or SIGTERM, then finish what is in work and stop."""
    settings = app.config["SETTINGS"]
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _stop)
    server = None
    if with_web:
        host, port = host or settings.host, settings.port if port is None else port
        try:
            server = serving.server(app, host, port)
        except OSError as error:
            raise Igny8Error(f"Cannot listen on {host}:{port}: {error.strerror}. Another IGNY8 may run there; "
                             "choose another port with IGNY8_PORT.") from error
    work = jobs.WorkerProcess(app, slots)
    work.start()
    if server is not None:
        thread = threading.Thread(target=server.run, name="web", daemon=True)
        thread.start()
        _lead_in(app, f"http://{host}:{server.effective_port}")
        click.echo(f"IGNY8 is ready: http://{host}:{server.effective_port}/")
        if host not in ("127.0.0.1", "localhost", "::1"):
            click.echo("Warning: passwords travel in the clear over plain http. Put a proxy with https before it "
                       "(docs/operations.md).", err=True)
    else:
        click.echo(f"Worker ready: {slots} items at once.")
    sys.stdout.flush()
    STOPPED.wait()
    click.echo("Stopping: what is in work is finished first. Press Ctrl-C once more to stop at once.")
    work.stop()
    if server is not None:
        # requests that are being answered are finished before their sockets go
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=REQUESTS_END)
        server.close()
    click.echo("Stopped.")


if __name__ == "__main__":
    main()

"""A site that is deleted while its run works, and keyword files that are cut off on their way in."""

import signal
import socket
from contextlib import contextmanager

from igny8.app import create_app
from igny8.config import load
from igny8.engine.site_deletion import remove_site
from igny8.errors import ActionRefused
from tests.chaos import checker
from tests.chaos.installation import DEADLINE, SITE, WEB, WORKER, Installation
from tests.chaos.scenario_runner import scenario
from tests.chaos.scenarios.kills import FREEZE, NO_CRASH_LIMIT, freeze_process
from tests.chaos.scenarios.user_actions import visitor_of
from tests.waiting import until

OTHER = "blue"
PAGE = f"/sites/{OTHER}/import"
IMPORTED = (
    "SELECT (SELECT count(*) FROM keyword WHERE site_id = s.id) || ' ' || (SELECT count(*) FROM keyword "
    "WHERE site_id <> s.id) || ' ' || (SELECT count(*) FROM keyword_import WHERE site_id = s.id "
    f"AND state = 'done') FROM site s WHERE slug = '{OTHER}'"
)


@scenario(fresh=True, crashes=1000, env=NO_CRASH_LIMIT | FREEZE)
def delete_site(runner, installation):
    """A site goes while its run works and a worker that has a part of it stands still: nothing of it is left, and the
    run of another site with the same keywords makes what the undisturbed one made.
    """
    installation.run_command("import-keywords", OTHER, str(runner.folder / "export.csv"))
    take_its_name(installation)
    for slug in (OTHER, SITE):
        installation.run_command("run", slug)
    worker, _ = installation.start(*WORKER), installation.start(*WORKER)
    share = runner.random.uniform(0.1, 0.7)
    installation.sample_until(
        lambda s: s.processed >= share * runner.total,
        f"{100 * share:.0f} % of the site that is to go",
    )
    gone = installation.fetch_value(f"SELECT id FROM site WHERE slug = '{SITE}'")
    if remove(installation, gone):
        installation.violations.append("deletion: a site with an open run was deleted")
    freeze_process(installation, worker)
    installation.run_command("cancel", SITE)
    until(
        lambda: installation.sample() and remove(installation, gone),
        DEADLINE,
        "the deletion, after the cancel",
    )
    installation.faults += 1
    worker.send_signal(signal.SIGCONT)
    installation.sample_until_end()
    see_nothing_left(installation, gone)
    installation.write(f"UPDATE site SET slug = '{SITE}' WHERE slug = '{OTHER}'")
    return f"at {100 * share:.0f} %"


def take_its_name(installation: Installation) -> None:
    """Call the other site as the first one is called: the name stands on the title cards."""
    installation.write(
        f"UPDATE site SET name = (SELECT name FROM site WHERE slug = '{SITE}') WHERE slug = '{OTHER}'"
    )


def remove(installation: Installation, site_id: int) -> bool:
    """Delete a site as the web process does; return whether it went."""
    app = create_app(load(installation.env))
    with app.app_context():
        try:
            remove_site(site_id, app.config["SETTINGS"].images, app.config["SETTINGS"].uploads)
        except ActionRefused:
            return False
        finally:
            app.extensions["igny8.writer"].dispose()
    return True


def see_nothing_left(installation: Installation, site_id: int) -> None:
    """Note what is left of a deleted site: rows, images, keyword files, errors of workers."""
    with checker.looking_at(installation.file) as db:
        for (table,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall():
            columns = {row["name"] for row in db.execute(f'PRAGMA table_info("{table}")')}
            for column, of in (
                ("site_id", f"= {site_id}"),
                ("run_id", "NOT IN (SELECT id FROM automation_run)"),
            ):
                if (
                    column in columns
                    and db.execute(
                        f'SELECT count(*) FROM "{table}" WHERE {column} {of}'
                    ).fetchone()[0]
                ):
                    installation.violations.append(f"rows of a deleted site in {table}")
        sent = {path.rsplit("/", 1)[1] for (path,) in db.execute("SELECT path FROM keyword_import")}
    if (installation.images / str(site_id)).exists():
        installation.violations.append("images of a deleted site")
    if not {path.name for path in (installation.folder / "uploads").iterdir()} <= sent:
        installation.violations.append("keyword files of a deleted site")
    if any(said in installation.log() for said in ("failed on", "failed; trying again")):
        installation.violations.append("an error of a worker")


@scenario(fresh=True)
def upload_cut_off(runner, installation):
    """A keyword file is cut off on its way, the web process dies over another, workers while they import it.

    A file that was cut off brings nothing; an import is finished by the next worker, each row once.
    """
    web = installation.start(*WEB)
    installation.wait_for_web()
    visitor = visitor_of(installation)
    visitor.new_site(OTHER)
    cookie = "; ".join(f"{one.name}={one.value}" for one in visitor.cookies)
    export, token = (runner.folder / "export.csv").read_bytes(), visitor.token()
    for share, dies in ((0.5, False), (runner.random.random(), True), (1, True)):
        with part_sent(installation, cookie, token, export, share):
            if dies:
                installation.kill(web)
        if dies:
            web = installation.start(*WEB)
            installation.wait_for_web()
        installation.faults += not dies
        is_imported(installation)
    where = visitor.upload(PAGE, "export.csv", export).headers["Location"]
    visitor.post(f"{where}/confirm")
    for _ in range(3):
        worker = installation.start(*WORKER)
        installation.wait_for(runner.random.uniform(0.2, 1))
        installation.kill(worker)
        is_imported(installation)
    installation.start(*WORKER)
    until(lambda: is_imported(installation), DEADLINE, "the import")
    take_its_name(installation)
    remove(installation, installation.fetch_value(f"SELECT id FROM site WHERE slug = '{SITE}'"))
    installation.write(f"UPDATE site SET slug = '{SITE}' WHERE slug = '{OTHER}'")
    installation.run_command("run", SITE)


@contextmanager
def part_sent(installation: Installation, cookie: str, token: str, content: bytes, share: float):
    """Send so much of a form with a keyword file, lend the moment, and hang up."""
    body = (
        f'--cut\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n--cut\r\n'
        'Content-Disposition: form-data; name="file"; filename="export.csv"\r\n\r\n'
    ).encode()
    body += content + b"\r\n--cut--\r\n"
    head = (
        f"POST {PAGE} HTTP/1.1\r\nHost: 127.0.0.1:{installation.port}\r\nCookie: {cookie}\r\nContent-Length: {len(body)}"
        "\r\nContent-Type: multipart/form-data; boundary=cut\r\n\r\n"
    ).encode()
    with socket.create_connection(("127.0.0.1", installation.port), 10) as line:
        line.sendall(head + body[: int(share * len(body))])
        yield


def is_imported(installation: Installation) -> bool:
    """Return whether the import is done; note keywords that are missing then, or are there twice."""
    there, whole, done = map(int, installation.fetch_value(IMPORTED).split())
    if there > whole or (done and there != whole):
        installation.violations.append(
            f"{there} of {whole} keywords were imported, {done} imports are done"
        )
    return done > 0

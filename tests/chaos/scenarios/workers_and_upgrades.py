"""No worker, one, two or three; a new schema and a backup during a run."""

import shutil

from igny8.app import create_app
from igny8.config import load
from igny8.upkeep.migrations import upgrade
from tests.chaos.installation import WEB, WORKER
from tests.chaos.processes import ROOT
from tests.chaos.scenario_runner import scenario
from tests.waiting import until

BACKUP_AT, SLOWLY = (0.2, 0.7), "latency=0.05"
REBUILD = '''"""rebuild the largest tables"""
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{last}"
branch_labels = depends_on = None
def upgrade():
    for table in ("run_item", "provider_answer"):
        with op.batch_alter_table(table, recreate="auto") as batch:
            batch.add_column(sa.Column("trial", sa.Integer()))
def downgrade():
    raise NotImplementedError
'''


@scenario()
def no_worker(runner, installation):
    """Without a worker the page says so within 35 s; when one comes the run goes on without a click."""
    installation.start(*WEB)
    installation.wait_for_web()
    until(
        lambda: installation.check_http_snapshot()["run"]["status"] == "stalled",
        35,
        "“no worker” on the page",
        0.2,
    )
    installation.faults += 1
    installation.start(*WORKER)
    until(lambda: installation.sample().processed, 30, "work, without a click")


def crew_of(count: int):
    """Return a play with so many workers and a page."""

    def play(runner, installation):
        installation.start(*WEB)
        for _ in range(count):
            installation.start(*WORKER)

    return play


for count in (1, 2, 3):
    scenario(
        name=f"{count}-consumer{'s' if count > 1 else ''}", provider="demonstration", keywords=24
    )(crew_of(count))


@scenario()
def migration_with_an_active_run(runner, installation):
    """Tables are rebuilt in mid-run: nothing is lost, and a worker of the older version refuses to start."""
    worker = installation.start(*WORKER)
    installation.sample_until_share(0.4, runner.total)
    installation.kill(worker)
    folder = installation.folder / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    last = max(path.name[:4] for path in (folder / "versions").glob("0*.py"))
    (folder / "versions" / "9999_rebuild.py").write_text(REBUILD.format(last=last))
    app = create_app(load(installation.env))
    with app.app_context():
        upgrade(directory=str(folder))
        app.extensions["igny8.writer"].dispose()
    installation.faults += 1
    code, said = installation.command("worker")
    if code == 0 or "newer IGNY8" not in said:
        installation.violations.append(f"schema version: an older worker started: {code} {said}")
    installation.write(f"UPDATE alembic_version SET version_num = '{last}'")
    installation.start(*WORKER)


@scenario(times=2, provider="demonstration", keywords=24)
def backup_in_mid_run(runner, installation):
    """A backup is taken while workers work and one is killed: it restores, and its run ends as the one that went on."""
    archive = installation.folder / "copy.zip"
    installation.start(*WORKER, IGNY8_DEMO=SLOWLY)
    dying = installation.start(*WORKER, IGNY8_DEMO=SLOWLY)
    installation.sample_until_share(runner.random.uniform(*BACKUP_AT), runner.total)
    installation.run_command("backup", str(archive))
    installation.kill(dying)
    installation.sample_until_end()
    there = installation.empty_copy(installation.folder / "restored")
    try:
        told = there.run_command("restore", str(archive)).splitlines()[-1]
        there.start(*WORKER)
        state = there.sample_until_end()
    finally:
        there.close()
    if state != "completed" or there.hash() != runner.expected:
        there.violations.append(
            f"equivalence: the restored run ended as {state}, with other products than the undisturbed one"
        )
    installation.violations += there.violations
    installation.watcher.samples += there.watcher.samples
    there.drop()
    return told

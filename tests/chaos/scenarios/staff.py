"""No worker, one, two or three; and a new version that comes while a run is on."""

import shutil

from flask_migrate import upgrade

from igny8 import create_app
from igny8.config import load
from tests.chaos.harness import scenario
from tests.chaos.processes import ROOT
from tests.chaos.world import WEB, WORKER
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
def no_worker(chaos, world):
    """Without a worker the page says so within 35 s; when one comes the run goes on without a click."""
    world.start(*WEB)
    world.wait_for_web()
    until(
        lambda: world.look_by_http()["run"]["status"] == "stalled",
        35,
        "“no worker” on the page",
        0.2,
    )
    world.faults += 1
    world.start(*WORKER)
    until(lambda: world.look().processed, 30, "work, without a click")


def crew_of(count: int):
    """Return a play with so many workers and a page."""

    def play(chaos, world):
        world.start(*WEB)
        for _ in range(count):
            world.start(*WORKER)

    return play


for count in (1, 2, 3):
    scenario(
        name=f"{count}-consumer{'s' if count > 1 else ''}", provider="demonstration", keywords=24
    )(crew_of(count))


@scenario()
def migration_with_an_active_run(chaos, world):
    """Tables are rebuilt in mid-run: nothing is lost, and a worker of the older version refuses to start."""
    worker = world.start(*WORKER)
    world.watch_share(0.4, chaos.total)
    world.kill(worker)
    folder = world.folder / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    last = max(path.name[:4] for path in (folder / "versions").glob("0*.py"))
    (folder / "versions" / "9999_rebuild.py").write_text(REBUILD.format(last=last))
    app = create_app(load(world.env))
    with app.app_context():
        upgrade(directory=str(folder))
        app.extensions["igny8.writer"].dispose()
    world.faults += 1
    code, said = world.command("worker")
    if code == 0 or "newer IGNY8" not in said:
        world.broken.append(f"schema version: an older worker started: {code} {said}")
    world.write(f"UPDATE alembic_version SET version_num = '{last}'")
    world.start(*WORKER)


@scenario(times=2, provider="demonstration", keywords=24)
def backup_in_mid_run(chaos, world):
    """A backup is taken while workers work and one is killed: it restores, and its run ends as the one that went on."""
    archive = world.folder / "copy.zip"
    world.start(*WORKER, IGNY8_DEMO=SLOWLY)
    dying = world.start(*WORKER, IGNY8_DEMO=SLOWLY)
    world.watch_share(chaos.random.uniform(*BACKUP_AT), chaos.total)
    world.must("backup", str(archive))
    world.kill(dying)
    world.watch_to_the_end()
    there = world.bare(world.folder / "restored")
    try:
        told = there.must("restore", str(archive)).splitlines()[-1]
        there.start(*WORKER)
        state = there.watch_to_the_end()
    finally:
        there.close()
    if state != "completed" or there.hash() != chaos.expected:
        there.broken.append(
            f"equivalence: the restored run ended as {state}, with other products than the undisturbed one"
        )
    world.broken += there.broken
    world.watcher.samples += there.watcher.samples
    there.drop()
    return told

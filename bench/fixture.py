"""A fresh installation in a temporary folder, and measuring in a process of its own."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import insert

from igny8 import config
from igny8.extensions import write_transaction
from igny8.models import Keyword, Site, SiteSettings

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def installation(create):
    """Give an app with its tables in an empty folder, inside its context; the folder goes afterwards.

    `create` makes the app: the whole one, or that of a worker. Another process makes the tables, so
    that the memory of migrations is not measured.
    """
    with tempfile.TemporaryDirectory(prefix="igny8-bench-") as folder:
        subprocess.run(
            [sys.executable, "-c", "from igny8.cli import main; main()", "db", "upgrade"],
            cwd=ROOT,
            env=_environ() | {"IGNY8_DATA_DIR": folder},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        app = create(config.load({"IGNY8_DATA_DIR": folder}))
        with app.app_context():
            yield app


def site_with_keywords(count: int, slug: str = "green") -> int:
    """Make a site with keywords in groups of four; return its id."""
    with write_transaction() as tx:
        site_id = Site.create(tx, slug.title(), slug)
        rows = (
            {
                "site_id": site_id,
                "phrase": f"topic{n // 4} word{n}",
                "phrase_key": f"topic{n // 4} word{n}",
                "volume": n,
            }
            for n in range(count)
        )
        tx.execute(insert(Keyword.__table__), list(rows))
        SiteSettings.change(tx, site_id, images_per_article=2)
    return site_id


def run_in_subprocess(module: str, *arguments) -> dict:
    """Run `python -m module arguments…` and return the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"{module} {' '.join(map(str, arguments))} failed:\n{done.stderr[-2000:]}"
        )
    return json.loads(done.stdout.strip().splitlines()[-1])


def _environ() -> dict[str, str]:
    """Return the environment of a process that imports the code of this folder."""
    paths = filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def print_result(**values) -> None:
    """Print what a process of its own measured, for in_process()."""
    print(json.dumps(values))


def peak_mb() -> float:
    """Return the most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident_mb() -> float:
    """Return the memory that this process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20

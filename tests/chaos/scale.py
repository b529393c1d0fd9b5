"""Run a large export in peace and sample it from outside: `python -m tests.chaos.scale 20000`.

`--ideas` and `--images` set how many articles a cluster and images an article, to bound the time.
"""

import argparse
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from bench.corpus import write_export
from tests.chaos.installation import SITE
from tests.chaos.parallel_rounds import show
from tests.chaos.scenario_runner import ScenarioRunner


def main() -> int:
    """Print what the run came to; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.scale", description=__doc__)
    parser.add_argument("keywords", type=int)
    parser.add_argument("--ideas", type=int, default=1)
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="igny8-scale-") as folder:
        runner = ScenarioRunner(Path(folder), 1)
        installation = runner.begun
        installation.run_command("cancel", SITE)
        with sqlite3.connect(installation.file) as db:
            db.execute(
                "UPDATE site_settings SET ideas_per_cluster = ?, images_per_article = ?",
                (asked.ideas, asked.images),
            )
        export = Path(folder) / "large.csv"
        write_export(str(export), asked.keywords)
        print(installation.run_command("import-keywords", SITE, str(export)).strip(), flush=True)
        installation.run_command("run", SITE)
        begun = time.monotonic()
        result = runner.run_undisturbed(60 * asked.minutes)
        show(result, "sqlite")
        print(f"{runner.total:,} items in {time.monotonic() - begun:.0f} s")
    return int(not result.is_good)


if __name__ == "__main__":
    sys.exit(main())

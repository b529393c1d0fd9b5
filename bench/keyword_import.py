"""An export of many rows on its way in: seconds and memory, beside reading the file with csv alone."""

import csv
import subprocess
import sys
import time
from pathlib import Path

from bench.fixture import ROOT, installation, peak_mb, print_result, run_in_subprocess
from bench.table import Row, at_most
from igny8.engine import keyword_import
from igny8.extensions import write_transaction
from igny8.models import Site


def measure_import(count: int) -> None:
    """Preview, confirm and take in an Ahrefs export, and print what it cost."""
    with installation() as app:
        path = app.config["SETTINGS"].uploads / "export.csv"
        subprocess.run(
            [sys.executable, "-m", "bench.corpus", str(count), str(path)], cwd=ROOT, check=True
        )
        before = peak_mb()
        began = time.perf_counter()
        with path.open(
            encoding="utf-16" if path.read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        ) as file:
            lines = sum(1 for _ in csv.reader(file))
        alone = time.perf_counter() - began
        with write_transaction() as tx:
            site_id = Site.create(tx, "Green", "green")
        began = time.perf_counter()
        import_id = keyword_import.preview(site_id, Path(path), path.name)
        keyword_import.confirm(site_id, import_id)
        keyword_import.import_next()
        seconds = time.perf_counter() - began
    print_result(
        seconds=seconds, csv_seconds=alone, lines=lines, peak_mb=peak_mb(), before_mb=before
    )


def rows(quick: bool) -> list[Row]:
    """Return the rows of importing; a quick bench takes a tenth, and a tenth of the time."""
    count = 10_000 if quick else 100_000
    found = run_in_subprocess("bench.keyword_import", count)
    return [
        at_most(
            "import",
            f"{count:,} rows, upload to keywords",
            found["seconds"],
            30 * count / 100_000,
            "s",
            found["csv_seconds"],
        ),
        at_most(
            "import",
            f"{count:,} rows, peak memory of the process",
            found["peak_mb"],
            150,
            "MB",
            found["before_mb"],
        ),
    ]


if __name__ == "__main__":
    measure_import(int(sys.argv[1]))

"""Fuzz the importers by hand: python -m tests.importers.fuzz --minutes 10 [--seed N].

Real-looking files of all kinds are mutated. Each must be read or refused with one error that a
person can read, within ten seconds, and every line must be accounted for. A file that breaks a
rule is written beside the report."""

import argparse
import gzip
import random
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from igny8.errors import ExternalError
from igny8.importers import ImportOptions, Row, preview, read
from tests.importers import exports

CASES = Path(__file__).parent / "cases"
MAX_SECONDS = 10
ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp932",
    "gb18030",
    "koi8-r",
)
SNIPPETS = (
    b'"', b"'", b",", b";", b"\t", b"|", b"\n", b"\r", b"\0", b"\xff", b"\xe4", b"\xc3\xa4", b"=",
    b"<table>", b"</td>", b"<tr><td colspan=999999>", b"|---|---|", b"Keyword", b"Volume", b"Total",
    b"1.900", b"10 - 100", b"1e308", b"-1", b"9" * 40, b"\xef\xbb\xbf", b"# ", b"&#x0;", b"site:a",
    "１万～10万".encode(), "\u202e\u200b".encode(), b"x" * 12_000, b"PK\x03\x04", b"%", b"$",
)  # fmt: skip
PHRASES = (
    "buy shoes", "how to clean shoes", "zapatillas de running", "frühbeet bauen", "купить обувь",
    "個別指導 守山区", "c++ tutorial", "what is crm?", "site:shop.example a", "https://a.example/b",
    "you can export only 10 rows", "Total", "+49 30 1234567", "a@b.example", "2026", "0.5", "é", "🚗",
)  # fmt: skip
HEADERS = (
    "Keyword,Volume,KD,CPC", "Top queries,Clicks,Impressions,CTR,Position",
    "Suchbegriff;Suchvolumen;Schwierigkeit", "キーワード,検索ボリューム", "Фраза;Частотность;Группа",
    "Keyword\tCurrency\tAvg. monthly searches\tCompetition\tSearches: May 2026",
    "#,Keyword,Country,Difficulty,Volume,CPC,Global volume,Parent topic",
)  # fmt: skip
FIGURES = ("100", "1,900", "1.900", "1,2", "<10", "10 – 100", "1K..10K", "–", "", "n/a", "35%", "x")


def table(rng: random.Random) -> bytes:
    """Return a table that a tool could have written."""
    header = rng.choice(HEADERS)
    divider = next(mark for mark in "\t;," if mark in header)
    width = header.count(divider)
    lines = ["Some export", ""] * rng.randint(0, 2) + [header]
    for _ in range(rng.randint(1, 60)):
        cells = [rng.choice(PHRASES), *(rng.choice(FIGURES) for _ in range(width))]
        lines.append(divider.join(f'"{c}"' if divider in c else c for c in cells))
    text = rng.choice(("\n", "\r\n")).join(lines)
    return text.encode(rng.choice(ENCODINGS), "replace")


def workbook(rng: random.Random) -> bytes:
    """Return a small workbook."""
    rows = [["Keyword", "Volume", "KD"]]
    for _ in range(rng.randint(1, 30)):
        figure = rng.choice([rng.randint(0, 10**6), rng.random(), rng.choice(FIGURES), None])
        rows.append([rng.choice(PHRASES), figure, rng.randint(0, 100)])
    return exports.workbook(rows)


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Return a file with a few changes: bytes cut, doubled, overwritten, snippets put in."""
    for _ in range(rng.randint(0, 6)):
        at = rng.randint(0, len(data))
        kind = rng.randrange(6)
        if kind == 0:
            data = data[:at] + rng.choice(SNIPPETS) + data[at:]
        elif kind == 1:
            data = data[:at] + data[at + rng.randint(0, 40) :]
        elif kind == 2:
            data = data[:at] + bytes(rng.randrange(256) for _ in range(4)) + data[at + 4 :]
        elif kind == 3:
            piece = data[at : at + rng.randint(1, 200)]
            data = data[:at] + piece * rng.randint(1, 30) + data[at:]
        elif kind == 4:
            data = data[:at]
        else:
            old, new = rng.choice(b',;\t|"\n'), rng.choice(b',;\t|"\n')
            data = data.replace(bytes([old]), bytes([new]), rng.randint(1, 50))
    return data


def made(rng: random.Random, seeds: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Return a file name and the bytes of a mutated file."""
    kind = rng.randrange(10)
    if kind < 5:
        name, data = rng.choice(("a.csv", "a.txt", "a.tsv")), table(rng)
    elif kind < 7:
        name, data = rng.choice(seeds)
    elif kind == 7:
        name, data = "a.xlsx", workbook(rng)
    elif kind == 8:
        name, data = (
            "a.zip",
            exports.zipped({"a.csv": mutated(rng, table(rng)), "b.csv": table(rng)}),
        )
    else:
        name, data = "a.csv.gz", gzip.compress(mutated(rng, table(rng)))
    return name, mutated(rng, data) if rng.random() < 0.85 else data


def check(name: str, data: bytes, options: ImportOptions) -> str:
    """Read a file and check the account of its lines; return "read" or "refused"."""
    try:
        parsed = read(data, name, options)
        entries = list(parsed.entries())
        report = parsed.report
    except ExternalError as error:
        assert error.permanent and error.kind == "bad_file" and str(error), "an error without words"
        return "refused"
    rows = [entry for entry in entries if isinstance(entry, Row)]
    account = report.taken + report.duplicates + report.rejected + report.set_aside
    assert report.rows_total == account, f"{report.rows_total} rows, {account} accounted for"
    assert len(rows) == report.taken == len({row.key for row in rows}), "rows and account differ"
    assert len(entries) == report.taken + report.set_aside, "rows set aside and account differ"
    for row in rows:
        assert row.text and "\0" not in row.text and row.text.encode(), "a text that is none"
        assert row.volume is None or 0 <= row.volume < 2**31, "a volume out of range"
    assert preview(data, name, options).report.taken == report.taken, "two readings differ"
    return "read"


def main() -> int:
    """Fuzz for some minutes; return 1 when a rule was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    seeds = [(path.name, path.read_bytes()) for path in sorted(CASES.iterdir())]
    signal.signal(signal.SIGALRM, _too_slow)
    end, number, outcomes, slowest = time.monotonic() + 60 * chosen.minutes, 0, Counter(), 0.0
    while time.monotonic() < end:
        rng = random.Random(f"{chosen.seed}-{number}")  # noqa: S311 - no secret
        name, data = made(rng, seeds)
        options = ImportOptions(encoding=rng.choice(("", "", "", *ENCODINGS)))
        began = time.monotonic()
        signal.alarm(MAX_SECONDS)
        try:
            outcomes[check(name, data, options)] += 1
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the finding
            if isinstance(error, KeyboardInterrupt):
                raise
            outcomes["broken"] += 1
            found = Path(f"fuzz-{chosen.seed}-{number}-{name}")
            found.write_bytes(data)
            print(f"{found} {options.encoding}: {error!r}")
            traceback.print_exc(limit=-4)
        finally:
            signal.alarm(0)
        slowest = max(slowest, time.monotonic() - began)
        number += 1
    print(f"seed {chosen.seed}: {number:,} files, {dict(outcomes)}, slowest {slowest:.1f} s")
    return 1 if outcomes["broken"] else 0


def _too_slow(*_: object) -> None:
    raise TimeoutError(f"took more than {MAX_SECONDS} s")


if __name__ == "__main__":
    sys.exit(main())

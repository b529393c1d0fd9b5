"""Rule 12: what comes from others is pinned, known by its hash, and looked through (attack 60)."""

import configparser
import hashlib
import re
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
HASHES = {
    "static/htmx.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
}
PIN = re.compile(
    r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)( ; .+?)? \\\n"
    r"((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


def wanted(*extras: str) -> list[Requirement]:
    """Return what setup.cfg asks for."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = config["options"]["install_requires"] + "".join(
        config["options.extras_require"][name] for name in extras
    )
    return [Requirement(line) for line in lines.split("\n") if line.strip()]


def locked() -> dict[str, str]:
    """Return the packages of the lock with their versions."""
    return {
        name: version for name, version, *_ in PIN.findall((ROOT / "requirements.lock").read_text())
    }


def test_vendored_files_have_their_reviewed_hashes():
    assert {
        name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in HASHES
    } == HASHES
    ours = {
        f"static/{name}"
        for name in (
            "answers.js",
            "app.css",
            "app.js",
            "calendar.js",
            "client.js",
            "clusters.js",
            "drafts.js",
            "ideas.js",
            "live.js",
            "notify.js",
            "palette.js",
            "why.js",
        )
    }
    assert {f"static/{path.name}" for path in (ROOT / "static").iterdir()} - ours == set(HASHES)


def test_every_dependency_has_a_range_with_an_upper_end():
    free = [
        str(wish)
        for wish in wanted("team", "test", "audit")
        if not any(part.operator in ("<", "==", "~=") for part in wish.specifier)
    ]
    assert free == ["xllamacpp>=2026.10"], "it counts by years; of the tests alone"


def test_lock_file_versions_are_within_their_ranges():
    versions = locked()
    outside = {
        wish.name: versions.get(wish.name.lower())
        for wish in wanted("team")
        if wish.name.lower() not in versions or versions[wish.name.lower()] not in wish.specifier
    }
    assert outside == {} and len(versions) > 40


def test_lock_file_has_versions_and_hashes_only():
    text = (ROOT / "requirements.lock").read_text()
    left = PIN.sub("", text)
    assert [line for line in left.splitlines() if not line.startswith("    #")] == []
    assert "://" not in text and "index" not in text.replace("# via", "")


def test_bandit_findings_are_explained():
    done = subprocess.run(
        [sys.executable, "-m", "bandit", "--quiet", "--recursive", "igny8"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for path in (ROOT / "igny8").rglob("*.py"):
        for line in path.read_text().splitlines():
            assert "nosec" not in line or re.search(
                r"# [^#]*[a-z]{3} [^#]* # nosec B\d{3}$", line
            ), (path, line)


def test_network_access_happens_in_known_modules_only():
    """Nobody else imports what sends requests, so that there is one place to look at."""
    senders = re.compile(
        r"^\s*(?:import|from) (httpx2?|requests|urllib3|aiohttp|http\.client|urllib\.request)\b",
        re.MULTILINE,
    )
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "igny8").rglob("*.py")
        if senders.search(path.read_text())
    }
    assert found <= {
        "igny8/providers/openai_compatible/client.py",
        "igny8/providers/openai_compatible/errors.py",
        *(name for name in found if "outbound" in name),
    }

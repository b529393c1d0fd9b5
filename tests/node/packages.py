"""Run software of npm that tests/node/fetch installed (.ci/prepare)."""

import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
MODULES = CACHE / "igny8-tests" / "node" / "node_modules"
ELEVENTY = MODULES / "@11ty" / "eleventy" / "cmd.cjs"


def why_not() -> str:
    """Return why the packages cannot be used here, empty if they can; with CI=true they have to."""
    if os.environ.get("CI") == "true":
        return ""
    if shutil.which("node") is None:
        return "node is not installed"
    return "" if MODULES.exists() else "the packages of tests/node are not installed (.ci/prepare)"


def run_node(script: Path | str, *arguments: str, cwd: Path | None = None, typed: str = "") -> str:
    """Run a script with the packages; return what it printed, raise if it failed."""
    done = subprocess.run(
        ["node", script, *arguments],
        env={"PATH": os.environ["PATH"], "NODE_PATH": str(MODULES), "HOME": str(CACHE)},
        cwd=cwd,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{script}: {done.stdout} {done.stderr}")
    return done.stdout

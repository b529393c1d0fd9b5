"""Lighthouse on every page in every state: `make lighthouse`. It needs node and npm; 1 means a page below 100."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.browser import scenes
from tests.conftest import CHROMIUM

VERSION = "12.8.2"
SCRIPT = Path(__file__).with_suffix(".mjs")
ERRORS = (
    "no such site",
    "no such page",
)  # Lighthouse measures no page that answers 404; axe looks at them


def main(modules: Path) -> int:
    """Print the two scores of each page and what lowers them; return the exit code."""
    if not shutil.which("npm"):
        print("Lighthouse needs node 18 and npm. On Debian: apt-get install nodejs npm")
        return 1
    _install(modules)
    with tempfile.TemporaryDirectory() as folder:
        built = scenes.in_every_state(Path(folder))
        try:
            [cookie] = built.cookies()
            return _measure(
                modules,
                f"{cookie['name']}={cookie['value']}",
                {
                    name: built.address + path
                    for name, path in scenes.pages(built).items()
                    if name not in ERRORS
                },
            )
        finally:
            built.close()


def _install(modules: Path) -> None:
    if not (modules / "node_modules" / "lighthouse").exists():
        modules.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [
                "npm",
                "install",
                "--silent",
                "--no-audit",
                "--no-fund",
                "--prefix",
                modules,
                f"lighthouse@{VERSION}",
            ],
            check=True,
        )


def _measure(modules: Path, cookie: str, addresses: dict[str, str]) -> int:
    names, low = {address: name for name, address in addresses.items()}, 0
    words = ["node", SCRIPT, modules, CHROMIUM, cookie, *names]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as node:
        for line in node.stdout:
            page = json.loads(line)
            good = page["accessibility"] == page["practices"] == 1
            low += not good
            print(
                f"{names[page['address']]:<24} accessibility {100 * page['accessibility']:.0f}, "
                f"best practices {100 * page['practices']:.0f}",
                flush=True,
            )
            for fault in [] if good else page["faults"]:
                print(f"    {fault}")
    print(f"{len(names)} pages, {low} below 100")
    return 1 if low or node.returncode else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

"""axe-core, which looks for what keeps people out of a page."""

import hashlib
import json
from pathlib import Path

SCRIPT = Path(__file__).with_name("axe.min.js")
SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def source() -> str:
    """Return the script, after checking that it is the one that was reviewed."""
    data = SCRIPT.read_bytes()
    assert hashlib.sha256(data).hexdigest() == SHA256, f"{SCRIPT} is not axe-core 4.14.1"
    return data.decode()


def faults(tab, *rules: str) -> list[str]:
    """Return what axe finds on the page that is shown, a line each; with `rules`, only what those find."""
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": RULES}
    options = {"runOnly": only, "resultTypes": ["violations"]}
    if not tab.evaluate("typeof axe !== 'undefined'"):
        tab.evaluate(source())
    found = tab.evaluate(f"axe.run(document, {json.dumps(options)})")["violations"]
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found
        for node in fault["nodes"]
    ]

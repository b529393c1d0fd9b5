"""Every document and heading that code or a document cites exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CITED = re.compile(r"\b(docs/[\w/-]+\.md)(?:#([\w-]+))?")
LINKED = re.compile(r"\]\((?!https?:)([\w./-]*\.md)?(?:#([\w-]+))?\)")
HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.MULTILINE)
SOURCES = ("igny8", "tests", "bench", "docs", "templates", "migrations")


def anchors(path: Path) -> set[str]:
    """Return the anchors of a Markdown file's headings, as GitHub makes them."""
    titles = HEADING.findall(path.read_text())
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(source: Path, target: Path, anchor: str) -> list[str]:
    """Return what a citation gets wrong, as a list of at most one message."""
    name = f"{source.relative_to(ROOT)} cites {target.relative_to(ROOT)}"
    if not target.is_file():
        return [f"{name}, which does not exist"]
    if anchor and anchor not in anchors(target):
        return [f"{name}#{anchor}, which has no such heading"]
    return []


def test_cited_documents_and_headings_exist():
    found = []
    for folder in SOURCES:
        for source in sorted((ROOT / folder).rglob("*")):
            if source.suffix in (".py", ".md", ".html") and "node_modules" not in source.parts:
                for path, anchor in CITED.findall(source.read_text()):
                    found += broken(source, ROOT / path, anchor)
    assert found == []


def test_linked_documents_and_headings_exist():
    found = []
    for source in [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]:
        for path, anchor in LINKED.findall(source.read_text()):
            target = (source.parent / path).resolve() if path else source
            found += broken(source, target, anchor)
    assert found == []


def test_no_docstring_cites_a_numbered_rule():
    numbered = re.compile(r'"""P\d{1,2}:|\b[Rr]ule \d{2}\b|engine\.md P\d')
    texts = {path: path.read_text() for path in (ROOT / "igny8").rglob("*.py")}
    assert [str(path) for path, text in texts.items() if numbered.search(text)] == []

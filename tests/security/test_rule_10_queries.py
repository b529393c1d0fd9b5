"""Rule 10: hostile sorting, searching, paging and texts that regular expressions choke on (attacks 50 and 51)."""

import ast
import contextlib
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from igny8.importers import preview
from igny8.importers.dialects.base import column_currency, column_key
from igny8.importers.keyword_flags import flags_of
from igny8.importers.not_keywords import reason_set_aside
from igny8.importers.numbers import count
from igny8.importers.variants import variant_key
from igny8.importers.workbook_xml import _ROW, SheetMarks, _note_percents
from igny8.providers.builtin.ideas import intent_signals
from igny8.providers.checks import blocks, endings, leaks, repetition, sources, stock_phrases
from igny8.providers.openai_compatible.answer_text import UnusableAnswer
from igny8.providers.openai_compatible.prose import prose_html
from igny8.providers.openai_compatible.schemas import wishes
from igny8.providers.openai_compatible.structured_output import parse_answer
from igny8.publishing.markdown import escape_markdown, html_to_markdown
from igny8.redaction import redact
from igny8.sanitising import clean
from tests.security.outside import Visitor

LISTS = ("keywords", "clusters", "ideas", "content", "runs", "review", "keywords/export.csv")
VALUES = (
    "",
    "0",
    "-1",
    "1e9",
    "9" * 30,
    "9" * 5000,
    "2147483648",
    "9223372036854775808",
    "NaN",
    "٣",
    "null",
    "'",
    '"',
    ";--",
    "1 OR 1=1",
    "phrase; DROP TABLE keyword",
    "id desc, (select 1)",
    "__class__",
    "../..",
    "%",
    "%_\\",
    "\\",
    "\0",
    "\x1b[2J",
    "\ud7ff\uffff",
    "{{7*7}}",
    "<script>",
    "a" * 8000,
    "%" * 200,
    "_" * 200,
    "\\" * 199,
    "(" * 200,
    "a|b" * 60,
    "🪴" * 150,
)
NAMES = (
    "q",
    "sort",
    "dir",
    "page",
    "status",
    "intent",
    "format",
    "kind",
    "before",
    "stage",
    "state",
    "level",
    "v",
)


@pytest.fixture(scope="module")
def filled(product):
    """Return a product with a site that ran once."""
    visitor = Visitor(product.address, product.cookies())
    visitor.new_site("Asked")
    visitor.take_in("asked", ["garden shed", "garden pond", "50% off shed", "a_b shed"])
    visitor.run("asked")
    return product


@pytest.mark.parametrize("name", LISTS)
def test_hostile_query_values_are_handled(filled, name):
    visitor = Visitor(filled.address, filled.cookies())
    for value in VALUES:
        for names in (NAMES, *((one,) for one in ("q", "sort", "page", "before"))):
            answer = visitor.get(
                f"/sites/asked/{name}?" + "&".join(f"{n}={quote(value)}" for n in names)
            )
            assert answer.status in (200, 204, 303, 400, 404, 429, 431), (names, value[:40])


@pytest.mark.parametrize(
    "path",
    [
        "runs/{}",
        "keywords/{}",
        "content/{}",
        "import/{}",
        "images/{}/x.webp",
        "settings/models/servers/{}",
        "content/approved-{}.zip",
        "content/{}/download.md",
        "automation/live?v={}",
    ],
)
def test_hostile_path_values_are_handled(filled, path):
    visitor = Visitor(filled.address, filled.cookies())
    for value in VALUES:
        answer = visitor.get("/sites/asked/" + path.format(quote(value, safe="")))
        assert answer.status in (200, 204, 303, 308, 400, 404, 405, 429), value[:40]


@pytest.mark.parametrize(
    "verb",
    [
        "keywords/change",
        "clusters/change",
        "ideas/change",
        "automation/raise",
        "settings",
        "theme",
        "settings/models",
        "settings/prices",
        "settings/prompts/opening",
        "settings/models/servers/new",
    ],
)
def test_hostile_form_values_are_handled(filled, verb):
    visitor = Visitor(filled.address, filled.cookies())
    names = (
        *NAMES,
        "ids",
        "verb",
        "all",
        "upto",
        "sure",
        "credits",
        "version",
        "name",
        "text",
        "pattern",
        "tokens_in",
        "parallelism",
        "cap_run",
        "provider_write",
        "server_name",
        "base_url",
        "concurrent",
        "time_zone",
        "color_primary",
        "theme",
        "key",
    )
    token = visitor.token()
    for value in VALUES:
        body = (
            "&".join(f"{name}={quote(value)}" for name in names).encode()
            + f"&csrf_token={token}".encode()
        )
        answer = visitor.send(
            "POST",
            f"/sites/asked/{verb}" if verb != "theme" else "/theme",
            body,
            Content_Type="application/x-www-form-urlencoded",
        )
        assert answer.status in (200, 303, 400, 404, 409, 413, 422, 429), value[:40]


def test_search_takes_wildcards_literally(filled):
    visitor = Visitor(filled.address, filled.cookies())
    for text, found in (("50%", 1), ("a_b", 1), ("%", 1), ("_", 1), ("\\", 0), ("shed", 3)):
        page = visitor.get(f"/sites/asked/keywords?q={quote(text)}").text
        assert len(re.findall(r'name="ids"', page)) == found, text


def test_hostile_requests_cause_no_server_errors(filled):
    assert "level=ERROR" not in filled.written
    assert (
        Visitor(filled.address, filled.cookies())
        .get("/sites/asked/keywords")
        .text.count('name="ids"')
        == 4
    )


LENGTH = 150_000
PIECES = ("a ", "__", "__a ", "_a", "- ", "-", "**a", "[", "`", "<p", "<br ", "\n ", "1.", "a-")
CHOKES = {
    "an answer of blanks": lambda n: read_answer("{" + " " * n + "x"),
    "open thoughts": lambda n: [
        read_answer(tag * (n // len(tag)))
        for tag in ("<think>", "[THINK]", "<think", "<think></thinking>")
    ],
    "thoughts": lambda n: read_answer("</think" * (n // 7)),
    "a header of blanks": lambda n: (
        column_key("a" + " " * n + "b"),
        column_currency("a(" + " " * n),
    ),
    "rows of a workbook": lambda n: _ROW.findall(b"<row " * n),
    "cells of a workbook": lambda n: (
        note_percents(b'<c s="1" r="A1" ' * (n // 16)),
        note_percents(b'r="A1" ' * (n // 7)),
        note_percents(b's="1" ' * (n // 6)),
    ),
    "SQL in a keyword": lambda n: reason_set_aside(("select a, from " * n)[:200], True),
    "dots in a keyword": lambda n: reason_set_aside(("a." * n)[:200], True),
    "signs in a keyword": lambda n: (flags_of("sex " * (n // 4)), variant_key("a-" * (n // 2))),
    "angle brackets": lambda n: clean("<" * n),
    "open tags": lambda n: clean("<a href='" * (n // 9)),
    "brackets in Markdown": lambda n: html_to_markdown(clean("[" * n)),
    "stars in Markdown": lambda n: html_to_markdown(clean("*a" * (n // 2))),
    "dashes": lambda n: escape_markdown("-" * n),
    "hashes": lambda n: escape_markdown("#" * n),
    "numbers of a list": lambda n: escape_markdown("1" * n),
    "secrets": lambda n: redact("password" * (n // 8)),
    "blank secrets": lambda n: redact(("token" + " " * 50) * (n // 55)),
    "addresses": lambda n: redact("://" * (n // 3)),
    "colons": lambda n: redact("://a:" * (n // 5)),
    "sealed": lambda n: redact("gAAAA" * (n // 5)),
    "a volume": lambda n: is_number("1,2." * (n // 60)),
    "a price": lambda n: is_number("$" * (n // 60)),
    "dots in a number": lambda n: is_number("." * n),
    "prose": lambda n: [prose_html((piece * n)[:n]) for piece in PIECES],
    "checks of an article": lambda n: [
        list(pattern.finditer((piece * n)[:n]))
        for module in (blocks, endings, leaks, repetition, sources, stock_phrases)
        for pattern in vars(module).values()
        if isinstance(pattern, re.Pattern)
        for piece in PIECES
    ],
    "a range": lambda n: is_number("1-" * (n // 60)),
    "quotes": lambda n: preview(
        b"Keyword,Volume\n" + b'"",' * (n // 100) + b"\n" + b"a,1\n" * 20, "a.csv"
    ),
    "keywords": lambda n: [
        p.search((piece * 200)[:200])
        for p in vars(intent_signals).values()
        if isinstance(p, re.Pattern)
        for piece in ("how to ", "best ", "vs ", "what is ", "a ", "near me ", "' ", "what's an ")
    ],
}


def read_answer(text: str) -> None:
    """Look for an object in what a model server answers."""
    with contextlib.suppress(UnusableAnswer):
        parse_answer(json.dumps({"choices": [{"message": {"content": text}}]}).encode(), wishes(1))


def note_percents(text: bytes) -> None:
    """Look for percentages among the cells of a sheet."""
    _note_percents(text, frozenset({1}), SheetMarks())


def is_number(text: str) -> bool:
    """Say whether a cell is a number."""
    try:
        return count(text) is not None
    except ValueError:
        return False


def test_patterns_take_linear_time():
    """Each takes a moment; with steps that grow like the square of the length each would take hours."""
    code = (
        "import tests.security.test_rule_10_queries as t\n"
        "for name, work in t.CHOKES.items(): work(t.LENGTH); print(name, flush=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines() == list(CHOKES)


NESTED = re.compile(r"\([^()]*[+*][^()]*\)[+*{]")


def test_no_pattern_has_nested_repetition():
    """(a+)+ and its like take steps without end; none is in the code, but for those looked at and found bounded."""
    found = []
    for path in (Path(__file__).parents[2] / "igny8").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and NESTED.search(node.value)
            ):
                found += [node.value] if _is_pattern(node.value) else []
    bounded = {
        r"what('s",
        r"(vs|versus",
        r")\b .+|(what|why|which",
        r"\d+(?:[.,]\d+)*",
        r"[^\W_]+(?:['’][^\W_]+)*",
        r"\d+(?:\.\d+)?[eE][+-]?\d{1,2}|\.\d+",
        # a word and a space, a few times
        r"(?:\w+ ){0,",
        r"(?:\w+[ -]){0,3}",
        # parts divided by a sign that they do not hold themselves
        r"(/[A-Za-z0-9._~-]+)*",
        r"(?<![\w`./@])[a-z0-9]+(?:_[a-z0-9]+){3,}",
        r"[^\W_]+(?:['’-][^\W_]+)*",
        r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}",  # keywords alone, of at most MAX_KEYWORD characters
    }
    assert [pattern for pattern in found if not any(known in pattern for known in bounded)] == []


def _is_pattern(text: str) -> bool:
    return bool(re.search(r"\\[dwsWSDb]|\[[^\]]+\]", text)) and "\n" not in text

"""Rules for every module, template and test: one clock, no swallowed error, no trusted HTML."""

import ast
import re

from tests.house.sources import MODULES, TEMPLATES, TESTS, name_of, text_of, tree_of

WITHOUT_COMMIT = ("models", "stages", "providers", "importers", "progress")
CLOCK_CALLS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("time", "time"),
    ("time", "monotonic"),
}
TRUSTED_HTML = r"\bnh3\b|\bMarkup\(|\bMarkup as|render_template_string|from_string\("
UNSAFE_TEMPLATE = (
    r"\|\s*safe\b|\bMarkup\b|autoescape|style=|<style|javascript:|hx-on|hx-vals|\son\w+="
)


def calls_in(path):
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]


def test_every_module_has_a_docstring():
    assert [name_of(path) for path in MODULES if not ast.get_docstring(tree_of(path))] == []


def test_every_test_file_has_a_docstring():
    files = [path for path in TESTS if path.name.startswith("test_")]
    assert [name_of(path) for path in files if not ast.get_docstring(tree_of(path))] == []


def test_broad_except_states_its_reason():
    unexplained = [
        f"{name_of(path)}:{number}"
        for path in MODULES
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if re.match(r"\s*except\s*:", line)
        or (
            re.match(r"\s*except (Base)?Exception\b", line)
            and not re.search(r"# (noqa: BLE001 - )?\w+", line)
        )
    ]
    assert unexplained == []


def test_only_entry_points_and_engine_commit():
    committing = [
        name_of(path)
        for path in MODULES
        if name_of(path).split("/")[1] in WITHOUT_COMMIT
        and (".commit(" in text_of(path) or "write_transaction()" in text_of(path))
    ]
    assert committing == []


def test_time_is_read_from_the_clock_module_only():
    reads = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if path.name != "clock.py"
        for node in calls_in(path)
        if isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in CLOCK_CALLS
    ]
    assert reads == []


def test_html_is_sanitised_and_trusted_in_one_module():
    trusting = [
        name_of(path)
        for path in MODULES
        if path.name != "sanitising.py" and re.search(TRUSTED_HTML, text_of(path))
    ]
    assert trusting == []


def test_no_template_trusts_a_text():
    assert [name_of(path) for path in TEMPLATES if re.search(UNSAFE_TEMPLATE, text_of(path))] == []


def test_no_test_sleeps():
    sleeping = [
        f"{name_of(path)}:{node.lineno}"
        for path in TESTS
        if path.name != "waiting.py"
        for node in calls_in(path)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "sleep"
    ]
    assert sleeping == [], "use tests.waiting.until"


def test_no_test_uses_mocks():
    mocking = [
        f"{name_of(path)}:{node.lineno}"
        for path in TESTS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module == "unittest.mock"
    ]
    assert mocking == [], "write a fake"

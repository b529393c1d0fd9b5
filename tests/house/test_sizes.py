"""Sizes of modules, functions, templates and style sheet stay readable."""

import ast
import re
from statistics import median

from tests.house.sources import MODULES, ROOT, TEMPLATES, name_of, text_of, tree_of

MAX_FUNCTION_LINES = 60
MAX_TEMPLATE_COLUMNS = 120
MEDIAN_FILE_LINES = 90
LINES_AT_95_PERCENT = {"file": 250, "function": 30}
STYLE_SHEET = ROOT / "static" / "app.css"


def function_lengths():
    return {
        f"{name_of(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def at_95_percent(lengths):
    return sorted(lengths)[round(0.95 * (len(lengths) - 1))]


def long_lines(paths):
    return [
        f"{name_of(path)}:{number}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if len(line) > MAX_TEMPLATE_COLUMNS
    ]


def test_no_function_is_longer_than_a_screen():
    lengths = function_lengths()
    assert [name for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES] == []
    assert at_95_percent(lengths.values()) <= LINES_AT_95_PERCENT["function"]


def test_files_are_short():
    lengths = [len(text_of(path).splitlines()) for path in MODULES]
    assert median(lengths) <= MEDIAN_FILE_LINES
    assert at_95_percent(lengths) <= LINES_AT_95_PERCENT["file"]


def test_lines_of_templates_and_style_sheet_fit_a_screen():
    assert long_lines([*TEMPLATES, STYLE_SHEET]) == []


def test_style_sheet_has_one_declaration_per_line():
    rules = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", text_of(STYLE_SHEET), flags=re.DOTALL)
    assert [line for line in rules.splitlines() if line.count(";") > 1] == []

"""Sizes of modules, functions, templates and style sheet stay readable."""

import ast
import re
from statistics import median

from tests.house.sources import MODULES, ROOT, TEMPLATES, name_of, text_of, tree_of

MAX_FUNCTION_LINES = 60
MAX_TEMPLATE_COLUMNS = 120
MEDIAN_LINES = {"file": 90, "function": 7, "route": 10}
LINES_AT_95_PERCENT = {"file": 250, "function": 30, "route": 25}
STYLE_SHEET = ROOT / "static" / "app.css"


def functions():
    return [
        (f"{name_of(path)}:{node.name}", node)
        for path in MODULES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def length(node):
    return node.end_lineno - node.lineno + 1


def is_route(node):
    return any(
        re.match(r"(\w+_)?bp\.(get|post|route)\(", ast.unparse(decorator))
        for decorator in node.decorator_list
    )


def at_95_percent(lengths):
    return sorted(lengths)[round(0.95 * (len(lengths) - 1))]


def long_lines(paths):
    return [
        f"{name_of(path)}:{number}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if len(line) > MAX_TEMPLATE_COLUMNS
    ]


def check_lengths(kind, lengths):
    assert median(lengths) <= MEDIAN_LINES[kind]
    assert at_95_percent(lengths) <= LINES_AT_95_PERCENT[kind]


def test_no_function_is_longer_than_a_screen():
    lengths = {name: length(node) for name, node in functions()}
    assert [name for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES] == []
    check_lengths("function", lengths.values())


def test_routes_are_short():
    lengths = [length(node) for _, node in functions() if is_route(node)]
    assert len(lengths) > 150
    check_lengths("route", lengths)


def test_files_are_short():
    check_lengths("file", [len(text_of(path).splitlines()) for path in MODULES])


def test_lines_of_templates_and_style_sheet_fit_a_screen():
    assert long_lines([*TEMPLATES, STYLE_SHEET]) == []


def test_style_sheet_has_one_declaration_per_line():
    rules = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", text_of(STYLE_SHEET), flags=re.DOTALL)
    assert [line for line in rules.splitlines() if line.count(";") > 1] == []

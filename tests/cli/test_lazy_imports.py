"""Commands and web processes import only the packages that they need."""

import json
import subprocess
import sys

import pytest

from igny8.cli import cli
from igny8.cli.commands import COMMANDS, RENAMED_COMMANDS

HEAVY = ("flask", "sqlalchemy", "numpy", "scipy", "openai", "PIL", "pydantic", "alembic", "huey")
NEVER_IN_WEB = ("numpy", "scipy", "openai", "PIL")
REPORT = "import json; print(json.dumps(sorted(name for name in {names} if name in sys.modules)))"


def loaded(code: str, names: tuple[str, ...], folder, *arguments: str) -> list[str]:
    """Return which of these packages a fresh process has imported after running some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\n{REPORT.format(names=names)}", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={"IGNY8_DATA_DIR": str(folder), "PYTHONPATH": ":".join(sys.path)},
    )
    return json.loads(done.stdout.splitlines()[-1])


RUN_COMMAND = """
from igny8 import cli
try:
    cli.main()
except SystemExit as error:
    assert not error.code, error.code
"""


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], []])
def test_help_and_version_import_no_heavy_package(tmp_path, arguments):
    code = RUN_COMMAND.replace("assert not error.code, error.code", "pass")
    assert loaded(code, HEAVY, tmp_path, *arguments) == []
    assert not any(tmp_path.iterdir())


def test_status_imports_neither_pages_nor_queue_nor_migrations(tmp_path, migrated):
    (tmp_path / "igny8.db").write_bytes(migrated.read_bytes())
    code = f"""
import contextlib, io
{RUN_COMMAND.replace("assert not error.code, error.code", "assert error.code == 1")}
"""
    names = (
        *NEVER_IN_WEB,
        *("alembic", "huey", "flask_wtf", "authlib", "bs4", "pydantic", "slugify"),
        *("igny8.web", "igny8.jobs", "igny8.publishing", "igny8.providers.builtin"),
    )
    assert loaded(code, names, tmp_path, "status", "no-such-site") == []


def test_web_process_imports_no_worker_libraries(tmp_path):
    code = """
from igny8.app import create_app
from igny8.cli.running import WEB_CHECKS, print_warnings
from igny8.upkeep import schema
app = create_app()
with app.app_context():
    schema.upgrade()
print_warnings(app, WEB_CHECKS)
for address in ("/health", "/login", "/setup", "/metrics", "/"):
    app.test_client().get(address)
"""
    assert loaded(code, NEVER_IN_WEB, tmp_path) == []


def test_worker_process_imports_no_pages(tmp_path, migrated):
    (tmp_path / "igny8.db").write_bytes(migrated.read_bytes())
    code = f"""
import signal, threading
from igny8.cli import running
running.STOP_REQUESTED.set()
{RUN_COMMAND}
"""
    names = ("igny8.web", "igny8.server", "flask_wtf", "alembic", "zxcvbn", "openai")
    assert loaded(code, names, tmp_path, "worker") == []


def test_every_registered_command_exists_with_its_help_line():
    context = cli.make_context("igny8", ["--help"], resilient_parsing=True)
    for name, entry in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None and command.name == name
        assert (
            entry.help.rstrip(".").split(",")[0].split(";")[0].split(" ")[0]
            == (command.help or "").split(" ")[0]
        ), name


def test_renamed_command_still_works_and_warns(capsys):
    context = cli.make_context("igny8", ["--help"], resilient_parsing=True)
    for old, new in RENAMED_COMMANDS.items():
        assert cli.get_command(context, old) is cli.get_command(context, new)
        assert f"now called “igny8 {new}”" in capsys.readouterr().err

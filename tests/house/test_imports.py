"""Imports point down, stand at the top of the file, and reach the network in known places only."""

import ast
import subprocess
import sys

from tests.house.sources import MODULES, ROOT, name_of, tree_of

NETWORK_CLIENTS = {
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "requests",
    "urllib3",
    "aiohttp",
    "pycurl",
    "websockets",
    "http.client",
    "urllib.request",
    "xmlrpc.client",
    "ftplib",
    "smtplib",
    "telnetlib",
    "poplib",
    "imaplib",
    "openai",
    "socket",
}
# Modules that may import a network client besides outbound; the SDK is given the client of outbound.
ALLOWED_CLIENTS = {
    "igny8/outbound/http_client.py": {"httpx2", "httpcore2"},
    "igny8/outbound/checked_network.py": {"httpcore2"},
    "igny8/outbound/response_body.py": {"httpx2", "httpcore2"},
    "igny8/outbound/host_lookup.py": {"socket"},
    "igny8/providers/openai_compatible/client.py": {"openai"},
    "igny8/providers/openai_compatible/errors.py": {"openai", "httpx2", "socket"},  # error classes
    "igny8/web/auth/request_checks.py": {"socket"},  # the name of this machine
    "igny8/notifications/mail.py": {"smtplib", "socket"},  # the server of the environment
    "igny8/engine/process_identity.py": {"socket"},  # the name of this machine
}
CONNECTING_CALLS = {"create_connection", "socket", "create_server"}


def imported_names(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_every_import_points_down():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as lint; lint()",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_imports_are_at_the_top_of_the_file():
    late = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        for function in ast.walk(tree_of(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert late == []


def test_network_clients_are_imported_only_where_allowed():
    found = []
    for path in MODULES:
        forbidden = NETWORK_CLIENTS - ALLOWED_CLIENTS.get(name_of(path), set())
        found += [
            f"{name_of(path)}: {name}"
            for name in sorted(imported_names(tree_of(path)))
            if any(f"{name}.".startswith(f"{client}.") for client in forbidden)
        ]
    assert found == []


def test_socket_is_used_only_to_resolve_names():
    opened = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if "socket" in ALLOWED_CLIENTS.get(name_of(path), ())
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and node.attr in CONNECTING_CALLS
        and isinstance(node.value, ast.Name)
        and node.value.id == "socket"
    ]
    assert opened == []


def test_openai_client_always_uses_the_outbound_client():
    path = ROOT / "igny8/providers/openai_compatible/client.py"
    calls = [
        ast.unparse(node)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and "OpenAI" in ast.unparse(node.func)
    ]
    assert calls
    assert [call for call in calls if "http_client=self._http" not in call] == []

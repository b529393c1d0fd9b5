"""Starting: what cannot be used is one clear line, and what is made is for its owner alone."""

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from igny8 import config
from igny8.cli import running
from igny8.cli.import_file import import_file
from igny8.database_errors import explain
from igny8.errors import Igny8Error
from tests import browser_client, commands
from tests.conftest import SECRET, make_app


def igny8(folder, *words, typed="", **more):
    return commands.igny8(
        *words, typed=typed, env={**os.environ, "IGNY8_DATA_DIR": str(folder), **more}
    )


def test_undecryptable_secret_is_named_with_a_remedy(tmp_path):
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(config.ConfigError, match=r"secret\.key cannot be read.*IGNY8_DATA_DIR"):
        config.load({"IGNY8_DATA_DIR": str(tmp_path)})


def test_invalid_host_name_is_named(tmp_path):
    with pytest.raises(config.ConfigError, match="IGNY8_ALLOWED_HOSTS: 'http://a'"):
        config.load(
            {"IGNY8_ALLOWED_HOSTS": "garden.lan, http://a", "IGNY8_DATA_DIR": str(tmp_path)}
        )


def test_missing_database_is_reported_in_one_line(tmp_path):
    done = igny8(tmp_path, "status", "green", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1 and "DATABASE_URL" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "address",
    ["postgresql://db:notaport/igny8", "postgresql://db:99999/igny8", "postgresql://[db/igny8"],
)
def test_invalid_database_url_is_named(tmp_path, address):
    with pytest.raises(
        config.ConfigError, match=r"DATABASE_URL: .*postgresql://user:password@host:5432/igny8"
    ):
        config.load({"DATABASE_URL": address, "IGNY8_DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize("password", ["fore@st", "fore/st", "fore#st", "fore?st"])
def test_raw_password_in_an_address_is_named_and_not_shown(tmp_path, password):
    for name in ("DATABASE_URL", "HUEY_URL"):
        address = {name: f"postgresql://me:{password}@db/igny8", "IGNY8_DATA_DIR": str(tmp_path)}
        with pytest.raises(config.ConfigError, match="percent-encoded") as error:
            config.load(address)
        assert name.replace("URL", "PASSWORD") in str(error.value)
        assert "fore" not in str(error.value)


def test_refused_database_password_is_named_once():
    told = "connection to server failed: FATAL: password authentication failed"
    error = OperationalError("", {}, Exception(f"connection failed: {told}\n{told}"))
    problem, remedy = explain(error)
    assert problem == f"The database does not answer: {told}." and "DATABASE_PASSWORD" in remedy


def test_unusable_queue_is_reported_in_one_line(tmp_path):
    done = igny8(tmp_path, "doctor", HUEY_URL="postgresql://nobody@127.0.0.1:1/none")
    assert done.returncode == 1 and "HUEY_URL" in done.stderr and "Traceback" not in done.stderr


def test_doctor_exit_codes(tmp_path):
    igny8(tmp_path, "db", "upgrade")
    well = igny8(tmp_path, "doctor", "--json")
    ill = igny8(tmp_path, "doctor", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert (
        well.returncode,
        ill.returncode,
        igny8(tmp_path, "doctor", "--nonsense").returncode,
    ) == (0, 1, 2)
    assert json.loads(well.stdout)["status"] in ("ok", "note")
    assert (
        "!! database: The database does not answer" in ill.stdout and "Traceback" not in ill.stderr
    )


def test_created_files_are_private(tmp_path):
    folder = tmp_path / "var"
    assert igny8(folder, "db", "upgrade").returncode == 0
    for path in (folder, folder / "igny8.db", folder / "secret.key", folder / "images"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_demonstration_starts_with_its_own_data(tmp_path):
    words = [sys.executable, "-m", "igny8.cli", "serve", "--demo", "--port", "0"]
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "IGNY8_DATA_DIR": str(tmp_path),
            "IGNY8_DEMO": "latency=0",
            "IGNY8_SECRET_KEY": SECRET,
        },
    )
    try:
        lines = [process.stdout.readline()]
        while lines[-1] and "ready: " not in lines[-1]:
            lines.append(process.stdout.readline())
        address = lines[-1].split("ready: ")[1].strip()
        cookie = {"Cookie": "=".join(browser_client.cookie(make_app(tmp_path / "demo")))}
        asked = urllib.request.Request(f"{address}sites/demonstration/automation", headers=cookie)
        with urllib.request.urlopen(asked) as page:
            text = page.read().decode()
    finally:
        process.terminate()
        process.wait(20)
    assert (
        lines[0].startswith("Demonstration:")
        and "started" in text
        and "by the demonstration" in text
    )
    assert (tmp_path / "demo" / "igny8.db").exists() and not (tmp_path / "igny8.db").exists()


def test_refused_file_creates_no_site(tmp_path):
    (tmp_path / "bad.csv").write_bytes(bytes(range(256)) * 8)
    done = igny8(tmp_path / "var", "import-keywords", "New Site", str(tmp_path / "bad.csv"))
    assert done.returncode == 1 and "Created the site" not in done.stderr
    assert "no site" in igny8(tmp_path / "var", "status", "new-site").stderr


def test_full_disk_is_one_line_and_leaves_no_partial_file(app, site, tmp_path, monkeypatch):
    def fill(source, target):
        target.write_bytes(b"cut")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", fill)
    with pytest.raises(
        Igny8Error, match=r"words\.csv cannot be copied to .*uploads: No space left"
    ):
        import_file(app, site.id, tmp_path / "words.csv")
    assert list(app.config["SETTINGS"].uploads.iterdir()) == []


def test_foreign_data_folder_is_reported_in_one_line(app, site, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(shutil, "copyfile", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(
        Igny8Error,
        match=r"words\.csv cannot be copied to .*uploads: Permission denied.*igny8 doctor",
    ):
        import_file(app, site.id, tmp_path / "words.csv")


def test_start_reports_unreachable_queue_and_folder(app, site, capsys):
    def fail():
        raise OSError("refused.")

    running.print_warnings(app, running.WORKER_CHECKS)
    assert capsys.readouterr().err == ""
    app.extensions["igny8.huey"].pending_count = fail
    app.config["SETTINGS"].uploads.rmdir()
    running.print_warnings(app, running.WORKER_CHECKS)
    told = capsys.readouterr().err.splitlines()
    assert (
        "cannot be written: No such file or directory. Put it back, from a backup if need be."
        in told[0]
    )
    assert (
        "The queue does not answer: refused. Workers check" in told[1]
        and "Check HUEY_URL" in told[1]
    )


def test_user_and_token_are_created_by_command(tmp_path):
    folder = tmp_path / "var"
    made = igny8(
        folder, "create-user", "nina", "--admin", "--password-stdin", typed="12345678901\n"
    )
    assert made.returncode == 1 and "easy to guess" in made.stderr
    assert (
        igny8(
            folder,
            "create-user",
            "nina",
            "--admin",
            "--password-stdin",
            typed="green wheelbarrow tuesday\n",
        ).returncode
        == 0
    )
    assert igny8(folder, "create-token", "Nina").stdout.startswith("igny8_")
    assert igny8(folder, "create-token", "otto").returncode == 1
    assert igny8(folder, "setup-link").returncode == 1

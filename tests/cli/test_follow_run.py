"""`igny8 run --wait` without a terminal: one line per change and an exit code of its own."""

import os

import pytest

from igny8 import progress
from igny8.cli import follow_run
from igny8.models import ENDED_WELL
from tests import commands


def snapshot(percentage: int, state: str = "running", notice: str = "") -> dict:
    """Return the part of a snapshot that following a run reads."""
    is_open = state in ("running", "blocked")
    run = {"number": 1, "label": state, "state": state, "status": state, "open": is_open}
    return {
        "run": run | {"current_stage": 1},
        "global_progress": {"percentage": percentage, "estimated_remaining_time": "9 s"},
        "stages": [{"name": "Cluster"}],
        "notice": {"text": notice} if notice else None,
    }


@pytest.fixture
def snapshots(monkeypatch):
    """Return a function that sets the snapshots which following a run will see."""

    def set_snapshots(*found):
        rest = list(found)
        monkeypatch.setattr(
            progress, "snapshot", lambda *_: rest.pop(0) if len(rest) > 1 else rest[0]
        )
        monkeypatch.setattr(follow_run, "REFRESH_INTERVAL_S", 0.0)

    return set_snapshots


def test_each_change_is_one_line_without_a_terminal(snapshots, capsys):
    snapshots(snapshot(0), snapshot(0), snapshot(40), snapshot(100, "completed"))
    ended = follow_run.follow_run(None, "id", None)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("%")[0].strip() for line in lines] == ["0", "40", "100"]
    assert "9 s" not in "".join(lines), "a countdown is no change"
    assert follow_run.exit_code(ended, ENDED_WELL) == 0


def test_blocked_run_has_its_own_exit_code(snapshots):
    snapshots(snapshot(10), snapshot(10, "blocked", "The cap is reached."))
    assert follow_run.exit_code(follow_run.follow_run(None, "id", None), ENDED_WELL) == 3


def test_cancelled_run_has_its_own_exit_code(snapshots):
    snapshots(snapshot(10, "cancelled"))
    assert follow_run.exit_code(follow_run.follow_run(None, "id", None), ENDED_WELL) == 1


def test_missing_worker_ends_the_wait_at_the_timeout(tmp_path):
    env = {**os.environ, "IGNY8_DATA_DIR": str(tmp_path / "data")}
    keywords = tmp_path / "keywords.csv"
    keywords.write_text("Keyword,Volume\ngarden shed,100\nmetal shed,50\n")
    assert commands.igny8("import-keywords", "Green garden", str(keywords), env=env).returncode == 0
    done = commands.igny8("run", "Green garden", "--wait", "--timeout", "1", env=env)
    assert done.returncode == 4
    assert "has not ended within the timeout" in done.stderr and "Traceback" not in done.stderr

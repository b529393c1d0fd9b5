"""Registers and what derives from them agree: stages, state changes, fault points, keys."""

import re

from igny8.engine import fault_injection
from igny8.extensions import db
from igny8.models import ACTIONS
from igny8.models.run import STATES
from igny8.stages import STAGES
from igny8.upkeep import key_rotation
from igny8.web.http.typed_text import TYPED_FORMS
from tests.chaos import scenario_runner
from tests.house.sources import ROOT, TEMPLATES, name_of, text_of


def test_seven_stages_have_one_shape():
    names = (
        "NUMBER",
        "KEY",
        "SHORT_NAME",
        "NAME",
        "INPUT_UNIT",
        "OUTPUT_UNIT",
        "ACTIVITY",
        "RESULT_KEYS",
        "PLANS_WHOLE_STAGE",
        "PRIOR_RATE",
        "waiting_query",
        "process",
        "persist",
    )
    for number, stage in enumerate(STAGES, 1):
        assert [name for name in names if not hasattr(stage, name)] == []
        assert number == stage.NUMBER
        assert stage.__name__ == f"igny8.stages.s{number}_{stage.KEY}"


def test_every_transition_starts_in_a_known_state():
    assert {state for rule in ACTIONS.values() for state in rule["from"]} <= set(STATES)


def test_every_fault_point_is_in_the_code_and_in_the_harness():
    text = "\n".join(path.read_text() for path in (ROOT / "igny8" / "engine").rglob("*.py"))
    assert set(re.findall(r'fault_point\("(\w+)"\)', text)) == {
        *fault_injection.FAULT_POINTS,
        *fault_injection.PAID_REQUEST_FAULT_POINTS,
        *fault_injection.PUBLISHING_FAULT_POINTS,
        *fault_injection.NOTIFICATION_FAULT_POINTS,
        *fault_injection.INVENTORY_FAULT_POINTS,
        *fault_injection.CHANGE_FAULT_POINTS,
        *fault_injection.APPROVAL_FAULT_POINTS,
    }
    assert (fault_injection.FAULT_POINTS, fault_injection.PAID_REQUEST_FAULT_POINTS) == (
        scenario_runner.POINTS,
        scenario_runner.PAID,
    )


def test_fault_point_does_nothing_unless_it_is_named(monkeypatch):
    monkeypatch.delenv("IGNY8_FAULT", raising=False)
    for point in fault_injection.FAULT_POINTS:
        fault_injection.fault_point(point)
    monkeypatch.setenv("IGNY8_FAULT", "nowhere")
    fault_injection.fault_point("claimed")


def test_key_rotation_covers_every_encrypted_column():
    sealed = {
        column
        for table in db.metadata.sorted_tables
        for column in table.c
        if "sealed" in column.name
    }
    assert sealed == set(key_rotation.ENCRYPTED_COLUMNS)


def test_every_form_with_a_text_area_keeps_typed_text():
    forms = [
        (name_of(path), form)
        for path in TEMPLATES
        for form in re.findall(r"<form.*?</form>", text_of(path), re.DOTALL)
    ]
    losing = [
        name for name, form in forms if "<textarea" in form and "keep(" not in form.split(">")[0]
    ]
    assert losing == []


def test_every_kept_form_is_shown_again_after_a_refusal():
    kept = {
        endpoint
        for path in TEMPLATES
        for form in re.findall(r"<form[^>]*keep\(.*?</form>", text_of(path), re.DOTALL)
        for endpoint in re.findall(r"""action="\{\{ url_for\(['"]([\w.]+)""", form)[:1]
    }
    both = {
        f"{name}.{verb}" for name in ("model_servers", "publishing") for verb in ("add", "change")
    }
    assert kept | both == set(TYPED_FORMS)

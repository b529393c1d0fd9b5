"""The record of human review tells who made, changed and decided; a changed one is not valid."""

import copy
import json

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from joserfc import jws
from joserfc.jwk import OKPKey
from sqlalchemy import update

from igny8.article_parts import split_parts
from igny8.cli import review_records
from igny8.engine.reviews.signature import InvalidRecord, public_key, sign, verify
from igny8.extensions import write_transaction
from igny8.models import Content, GateDecision, Image, PartChange, Run, Task
from tests.web.content.test_edit import EDIT, GOOD, seen, stored  # noqa: F401 - seen is a fixture

PAGE = "/sites/green-garden/content/1/record"
SECRET = "of this installation"


@pytest.fixture
def signed(client, seen, garden):  # noqa: F811
    """Return the signed record of an article that people edited, changed and approved."""
    with write_transaction() as tx:
        cited = [{"title": "A handbook", "address": "https://example.com/h", "passages": []}]
        run = tx.execute(Run.__table__.select()).first()
        tx.execute(update(Content).values(citations=cited, model="small", run_id=run.id))
        idea = tx.execute(Task.__table__.select()).first().idea_id
        GateDecision.record(tx, garden, 3, [idea], "approved", "ben", "our topic")
        row = tx.execute(Content.__table__.select().where(Content.id == 1)).one()
        PartChange.request(tx, row, split_parts(row.html)[1], "Shorter.", "ann")
        tx.execute(update(PartChange).values(state="dropped", model="small"))
        tx.execute(update(Image).where(Image.content_id == 1).values(edited_by="cem"))
    client.post(EDIT, data=GOOD | seen)
    client.post("/sites/green-garden/review/1/approve", data={"version": "2"})
    assert stored().status == "approved"
    answer = client.get(f"{PAGE}.json")
    assert answer.mimetype == "application/json" and "attachment" in str(answer.headers)
    return json.loads(answer.data)


def test_record_names_machines_sources_edits_and_decisions(client, signed):
    record = signed["record"]
    assert [v["kind"] for v in record["versions"]] == ["machine", "person"]
    assert record["versions"][0]["author"] == record["machine"]["model"] == "small"
    assert record["versions"][1]["sha256"] == record["text"]["sha256"]
    assert record["sources"] == [{"title": "A handbook", "address": "https://example.com/h"}]
    [change] = record["changed_parts"]
    assert (change["wish"], change["requested_by"], change["state"]) == (
        "Shorter.",
        "ann",
        "dropped",
    )
    idea, text = record["decisions"]
    assert (idea["about"], idea["decided_by"], idea["reason"]) == ("idea", "ben", "our topic")
    assert (text["decision"], text["version"], text["by"]) == ("approved", 2, "person")
    assert text["decided_by"] == stored().decided_by != ""
    assert record["images"][0]["edited_by"] == "cem"
    page = BeautifulSoup(client.get(PAGE).text, "html.parser").main.text
    for shown in ("A handbook", "Shorter.", "ben", "our topic", record["text"]["sha256"], "cem"):
        assert shown in page


def test_approval_by_rule_is_marked_in_the_record(client, signed):
    with write_transaction() as tx:
        tx.execute(update(Content).values(rule_hours=24, decided_by="rule"))
    record = json.loads(client.get(f"{PAGE}.json").data)["record"]
    assert (record["decisions"][-1]["by"], record["decisions"][-1]["rule_hours"]) == ("rule", 24)
    assert "a rule after 24 hours" in " ".join(client.get(PAGE).text.split())


def test_public_key_without_an_account_verifies_the_record(client, signed):
    client.delete_cookie("session")
    [key] = client.get("/review-record-keys.json").json["keys"]
    assert "d" not in key and key["kid"]
    found = jws.deserialize_compact(signed["jws"], OKPKey.import_key(key), algorithms=["Ed25519"])
    assert json.loads(found.payload) == signed["record"] == verify(signed, key)


def _edit(signed: dict) -> None:
    signed["record"]["decisions"][0]["decided_by"] = "somebody else"


def _edit_payload(signed: dict) -> None:
    head, payload, end = signed["jws"].split(".")
    signed["jws"] = ".".join((head, payload[:-4] + "AAAA", end))


def _edit_signature(signed: dict) -> None:
    signed["jws"] = (
        signed["jws"][:-6] + ("A" if signed["jws"][-6] != "A" else "B") + signed["jws"][-5:]
    )


def _unsign(signed: dict) -> None:
    _, payload, _ = signed["jws"].split(".")
    signed["jws"] = f"eyJhbGciOiJub25lIn0.{payload}."


@pytest.mark.parametrize("tamper", [_edit, _edit_payload, _edit_signature, _unsign])
def test_changed_record_is_not_valid(signed, app, tamper):
    key = public_key(app.config["SETTINGS"].secret_key)
    changed = copy.deepcopy(signed)
    tamper(changed)
    assert verify(signed, key)
    with pytest.raises(InvalidRecord):
        verify(changed, key)


def test_record_of_another_installation_is_not_valid():
    signed = sign("of another installation", {"format": "x"})
    with pytest.raises(InvalidRecord, match="another key"):
        verify(signed, public_key(SECRET))


def test_command_verifies_a_file_with_public_keys(signed, client, tmp_path):
    file, keys = tmp_path / "record.json", tmp_path / "keys.json"
    keys.write_text(client.get("/review-record-keys.json").text)
    file.write_text(json.dumps(signed))
    done = CliRunner().invoke(review_records.verify_record, [str(file), "--key", str(keys)])
    assert done.exit_code == 0 and "Version 2 approved by" in done.output
    _edit(signed)
    file.write_text(json.dumps(signed))
    done = CliRunner().invoke(review_records.verify_record, [str(file), "--key", str(keys)])
    assert done.exit_code != 0 and isinstance(done.exception, InvalidRecord)

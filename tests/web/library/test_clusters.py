"""Clusters on pages and by the API: merge, split, move, rename, lock, why together, undo."""

import json

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from igny8.extensions import db
from igny8.models import AuditEntry, Cluster, Keyword
from tests.factories import make_user, sign_in

CLUSTERS = "/sites/green-garden/clusters"
API = "/api/v1/clusters"


def homes() -> dict[int, int]:
    db.session.remove()
    query = select(Keyword.id, Keyword.cluster_id).where(Keyword.cluster_id.is_not(None))
    return dict(db.session.execute(query).all())


def cluster(cluster_id: int):
    db.session.remove()
    table = Cluster.__table__
    return db.session.execute(select(table).where(table.c.id == cluster_id)).one()


def sent_fields(form) -> dict[str, list[str]]:
    """Return what a browser would send of a form as it is."""
    fields: dict[str, list[str]] = {}
    for each in form.select("input[name]"):
        if each.get("type") not in ("checkbox", "radio") or each.has_attr("checked"):
            fields.setdefault(each["name"], []).append(each.get("value", ""))
    return fields


def test_merging_asks_which_cluster_stays(client, garden):
    asked = client.post(f"{CLUSTERS}/change", data={"verb": "merge", "ids": ["1", "2", "4"]})
    page = client.get(asked.headers["Location"])
    form = BeautifulSoup(page.text, "html.parser").select_one("main form")
    assert len(form.select("input[type=radio]")) == 3
    fields = sent_fields(form) | {"target": ["2"]}
    done = client.post(form["action"], data=fields)
    assert done.headers["Location"].endswith("/clusters/2")
    assert sorted(homes().values()) == [2] * 9 + [3] * 3
    assert client.get(f"{CLUSTERS}/1").headers["Location"].endswith("/clusters/2")
    assert client.get(f"{CLUSTERS}/1/edit").status_code == 404
    assert "3 of" not in client.get(CLUSTERS).text
    assert len(BeautifulSoup(client.get(CLUSTERS).text, "html.parser").select("tbody tr")) == 2


def test_last_change_is_undone_by_a_button(client, garden):
    before = homes()
    client.post(f"{CLUSTERS}/merge", data={"ids": ["1", "2"], "target": "1"})
    form = BeautifulSoup(client.get(CLUSTERS).text, "html.parser").select_one(".last-change form")
    client.post(form["action"], data=sent_fields(form))
    assert homes() == before
    assert "undone by owner" in client.get(f"{CLUSTERS}/changes").text


@pytest.mark.parametrize(
    "fields",
    [{"into": "2"}, {"target": "RAISED BEDS vs containers: which is right for a balcony?"}],
)
def test_selected_keywords_move_to_another_cluster(client, garden, fields):
    done = client.post(f"{CLUSTERS}/1/move", data={"ids": ["1", "2"], **fields})
    assert done.status_code == 303
    assert [homes()[key] for key in (1, 2, 3)] == [2, 2, 1]


def test_selected_keywords_move_to_a_new_cluster(client, garden):
    client.post(f"{CLUSTERS}/1/move", data={"ids": ["1"], "target": "Frost", "new": "1"})
    made = homes()[1]
    assert cluster(made).name == "Frost" and cluster(made).slug == "frost"
    assert cluster(made).pillar == cluster(1).name


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"ids": ["1"], "target": "No such cluster"}, 400),
        ({"ids": ["1"], "target": "", "new": "1"}, 400),
        ({"target": "2"}, 400),
        ({"ids": ["1"], "into": "99"}, 404),
        ({"ids": ["7"], "into": "2"}, 409),
        ({"ids": ["1"], "into": "1"}, 409),
        ({"ids": ["1", "2", "3"], "target": "All", "new": "1"}, 409),
    ],
)
def test_impossible_move_changes_nothing(client, garden, fields, status):
    before = homes()
    assert client.post(f"{CLUSTERS}/1/move", data=fields).status_code == status
    assert homes() == before


def test_suggested_split_is_carried_out(client, garden):
    with db.engine.begin() as tx:
        words = ("garden shed", "garden sheds", "lawn mower", "lawn mowers", "cheap lawn mower")
        rows = [
            {"site_id": 1, "phrase": word, "phrase_key": word, "cluster_id": 1, "status": "mapped"}
            for word in words
        ]
        tx.execute(Keyword.__table__.insert(), rows)
        tx.execute(Keyword.__table__.delete().where(Keyword.id.in_([1, 2, 3])))
    page = BeautifulSoup(client.get(f"{CLUSTERS}/1/why").text, "html.parser")
    nearest = {row.td.text: row.td.find_next("td").text for row in page.select("tbody tr")}
    assert nearest["garden shed"].split()[:2] == ["garden", "sheds"]
    form = page.select_one("#split")
    client.post(form["action"], data=sent_fields(form))
    groups: dict[int, set[str]] = {}
    for row in db.session.execute(select(Keyword.phrase, Keyword.cluster_id)):
        groups.setdefault(row.cluster_id, set()).add(row.phrase)
    assert groups[1] == {"lawn mower", "lawn mowers", "cheap lawn mower"}
    assert {"garden shed", "garden sheds"} in groups.values()


def test_name_and_pillar_are_edited(client, garden):
    page = client.get(f"{CLUSTERS}/1/edit")
    assert "How to start seeds".lower() in page.text
    client.post(f"{CLUSTERS}/1/edit", data={"name": " My  seeds ", "pillar": "Growing"})
    assert (cluster(1).name, cluster(1).pillar, cluster(1).slug) == ("My seeds", "Growing", "c1")
    refused = client.post(f"{CLUSTERS}/1/edit", data={"name": "", "pillar": "x" * 90})
    assert refused.status_code == 422 and cluster(1).name == "My seeds"


def test_locked_cluster_offers_no_moves(client, garden):
    client.post(f"{CLUSTERS}/change", data={"verb": "lock", "ids": ["1"]})
    page = BeautifulSoup(client.get(f"{CLUSTERS}/1").text, "html.parser")
    assert page.select_one("button[value=unlock]") and not page.select(
        "input[name=ids]:not([type])"
    )
    assert not page.select("[draggable], [data-drop]")
    refused = client.post(f"{CLUSTERS}/1/move", data={"ids": ["1"], "into": "2"})
    assert refused.status_code == 409 and "is locked" in refused.text


def test_viewers_cannot_change_clusters(stranger, garden):
    sign_in(stranger, make_user("guest", green_garden="viewer"))
    page = BeautifulSoup(stranger.get(f"{CLUSTERS}/1").text, "html.parser")
    assert not page.select("main button, main input[type=checkbox]")
    assert stranger.get(f"{CLUSTERS}/1/why").status_code == 200
    for path in ("1/move", "1/edit", "1/split", "merge", "changes/1/undo"):
        assert stranger.post(f"{CLUSTERS}/{path}").status_code == 403, path


def test_changes_are_in_the_audit_log(client, garden):
    client.post(f"{CLUSTERS}/merge", data={"ids": ["1", "2"], "target": "1"})
    client.post(f"{CLUSTERS}/changes/1/undo")
    actions = db.session.execute(select(AuditEntry.action)).scalars().all()
    assert actions[-2:] == ["clusters: merge", "clusters: undo"]


def test_api_changes_clusters(client, garden):
    site = {"site_id": "green-garden"}

    def post(path: str, **fields):
        answer = client.post(f"{API}/{path}", query_string=site, json=fields)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text)["cluster"]

    assert post("1/rename/", name="Seeds", pillar="Growing")["pillar"] == "Growing"
    assert post("1/lock/")["locked"] is True
    assert post("1/unlock/")["locked"] is False
    assert post("1/move/", keyword_ids="1", into=2)["keywords"] == 4
    made = post("2/split/", keyword_ids="1,4", name="Frost")
    assert made["keywords"] == 2
    assert post("3/merge/", into=made["id"])["keywords"] == 5
    listed = client.get(f"{API}/changes/", query_string=site).json["changes"]
    assert [each["kind"] for each in listed] == ["merge", "split", "move", "rename"]
    for each in listed:
        post(f"changes/{each['id']}/undo/")
    assert homes() == {key: (key + 2) // 3 for key in range(1, 13)}
    found = client.get(f"{API}/1/why/", query_string=site).json
    assert [each["id"] for each in found["keywords"]] == [1, 2, 3]
    assert {"word": "seeds", "keywords": 3} in found["shared_words"]

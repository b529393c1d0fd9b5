"""Keyword files by page: sent, previewed, mapped, confirmed, undone, refused."""

import io

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select, update

from igny8.engine import keyword_import
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import AuditEntry, Cluster, Keyword

PAGE = "/sites/green-garden/import"
AUTOMATION = "/sites/green-garden/automation"
RANGES = {"red": 50, "blue": 500, "green": 5000, "white": 50, "black": 500}
CSV = b"Keyword,Volume,Difficulty\nseed tray,900,12\nseed tray,900,12\n,5,5\ngrow lamp,300,8\n"


def send(client, data: bytes, name: str = "export.csv"):
    return client.post(
        PAGE, data={"file": (io.BytesIO(data), name)}, content_type="multipart/form-data"
    )


def test_file_is_previewed_before_the_import(client, site):
    address = send(client, CSV).headers["Location"]
    page = client.get(address).text
    assert "seed tray" in page
    assert "Import 2 keywords" in page
    assert count() == 0


def test_audit_log_names_the_file(client, site):
    send(client, CSV, "garden words.csv")
    with read_transaction() as tx:
        assert tx.execute(
            select(AuditEntry.detail).where(AuditEntry.action == "keyword file: upload")
        ).scalars().all() == ["garden words.csv"]


def test_confirmed_file_is_imported_and_can_be_undone(client, site):
    address = send(client, CSV).headers["Location"]
    client.post(f"{address}/confirm")
    assert "hx-trigger" in client.get(address).text
    keyword_import.import_next()
    assert "2 keywords imported" in client.get(address).text
    assert "hx-trigger" not in client.get(f"{address}/live").text
    client.post(f"{address}/undo")
    assert count() == 0


def test_import_without_a_worker_waits_and_continues(client, site, inline_worker):
    address = send(client, CSV).headers["Location"]
    client.post(f"{address}/confirm")
    inline_worker.heartbeat.stop()
    waiting = BeautifulSoup(client.get(address).text, "html.parser")
    assert "Work has stopped" in waiting.select_one("#import").text
    assert client.get(waiting.select_one("#import")["hx-get"]).status_code == 204
    inline_worker.heartbeat.send()
    again = client.get(waiting.select_one("#import")["hx-get"])
    assert "Work has stopped" not in again.text and "the import continues" in again.text


def test_automation_page_shows_a_running_import(client, site, inline_worker):
    address = send(client, CSV).headers["Location"]
    client.post(f"{address}/confirm")
    page = BeautifulSoup(client.get(AUTOMATION).text, "html.parser").select_one("#live")
    assert "Importing keywords" in page.text and "Nothing is waiting" not in page.text
    assert page["hx-trigger"] == "every 2s"
    refused = client.post(f"{AUTOMATION}/run", headers={"HX-Request": "true"}).text
    assert "Keywords are being imported" in refused
    keyword_import.import_next()
    after = BeautifulSoup(client.get(page["hx-get"]).text, "html.parser").select_one("#live")
    assert "Ready to run" in after.text and after["hx-trigger"] == "every 30s"


def test_pasted_list_is_imported_like_a_file(client, site):
    address = client.post(PAGE, data={"text": "seed tray\ngrow lamp\n"}).headers["Location"]
    assert "Import 2 keywords" in client.get(address).text


def test_sample_is_loaded_with_one_button(client, site):
    address = client.post(PAGE, data={"sample": "1"}).headers["Location"]
    assert "Ahrefs" in client.get(address).text


def test_unknown_table_is_mapped_manually(client, site):
    address = send(client, b"alpha,beta,gamma\nfoo,1,x1\nbar,2,x2\nbaz,3,x3\n").headers["Location"]
    assert "Which column contains the keywords?" in client.get(address).text
    again = client.post(f"{address}/mapping", data={"text": "alpha", "volume": "beta"})
    assert "Import 3 keywords" in client.get(again.headers["Location"]).text


def test_unknown_table_shows_its_first_rows(client, site):
    address = send(client, b"alpha,beta\n<b>foo</b>,1\nbar,2\nbaz,3\n").headers["Location"]
    page = BeautifulSoup(client.get(address).text, "html.parser")
    assert [th.text for th in page.select("thead th")] == ["alpha", "beta"]
    assert [td.text.strip() for td in page.select("tbody tr")[0].select("td")] == [
        "<b>foo</b>",
        "1",
    ]
    assert page.find("a", string="Choose another file")


def test_bad_line_is_shown_before_the_import(client, site):
    address = send(client, b"Keyword,Volume\na b,1\nc d,2\ne\0f,3\ng h,4\n").headers["Location"]
    page = client.get(address).text
    assert "1 row rejected" in page
    assert "NUL character at position 2" in page
    client.post(f"{address}/confirm")
    keyword_import.import_next()
    assert count() == 3
    assert "NUL character" in client.get(address).text


@pytest.mark.parametrize(
    ("held", "before", "said", "after"),
    [
        (0, "remove 2 keywords", "Undone: 2 keywords removed.", 0),
        (1, "An undo keeps 1 keyword", "1 keyword was kept because it is in a cluster", 1),
        (
            2,
            "can no longer be undone: all 2 keywords",
            "Nothing was undone. 2 keywords were kept",
            2,
        ),
    ],
)
def test_undo_reports_what_is_removed_and_kept(client, site, held, before, said, after):
    address = send(client, CSV).headers["Location"]
    client.post(f"{address}/confirm")
    keyword_import.import_next()
    with write_transaction() as tx:
        cluster_id = tx.execute(
            Cluster.__table__.insert()
            .values(site_id=site, name="c", slug="c")
            .returning(Cluster.id)
        ).scalar_one()
        tx.execute(
            update(Keyword).where(Keyword.id <= held).values(cluster_id=cluster_id, status="mapped")
        )
    assert before in " ".join(client.get(address).text.split())
    assert said in client.post(f"{address}/undo", follow_redirects=True).text
    assert count() == after


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, b"PK\x03\x04broken"]
)
def test_bad_file_is_refused_with_a_remedy_and_not_stored(app, client, site, data):
    answer = send(client, data)
    assert answer.status_code == 422
    assert "could not be read" in answer.text
    assert not list(app.config["SETTINGS"].uploads.iterdir())


def test_empty_upload_is_reported(client, site):
    assert client.post(PAGE, data={}).status_code == 422


def test_hostile_file_names_are_escaped_and_stay_in_the_folder(app, client, site):
    address = send(client, CSV, "../../<b>x</b>.csv").headers["Location"]
    assert "<b>x</b>" not in client.get(address).text
    assert all(len(path.stem) == 32 for path in app.config["SETTINGS"].uploads.iterdir())


def test_import_of_another_site_is_not_found(client, site):
    address = send(client, CSV).headers["Location"]
    client.post("/sites", data={"name": "Other", "language": "en"})
    assert client.post(address.replace("green-garden", "other") + "/confirm").status_code == 404


def count() -> int:
    db.session.rollback()
    return db.session.execute(select(func.count()).select_from(Keyword)).scalar_one()


def test_own_export_is_imported_unchanged(client, site):
    rich = (
        "Keyword,Volume,Keyword Difficulty,CPC (USD),Intent,SERP Features,Trend,Tags,Position,URL,"
        "Clicks,Impressions,Competition,Parent topic\n"
        'red shoes,10 – 100,20,1.25,Commercial,"Video, Reviews","0.1,0.5,1",spring,3.5,'
        "https://a.example/x,5,90,0.3,shoes\n"
        "shoes red,5,,,,,,,,,,,,\n=cmd shoes,7,,,,,,,,,,,,\n"
    )
    address = send(client, rich.encode()).headers["Location"]
    client.post(f"{address}/confirm")
    keyword_import.import_next()
    text = client.get("/sites/green-garden/keywords/export.csv").data
    assert "10–100" in text.decode("utf-8-sig") and "shoes red (5)" in text.decode("utf-8-sig")
    client.post("/sites", data={"name": "Other", "language": "en"})
    sent = client.post(
        "/sites/other/import",
        data={"file": (io.BytesIO(text), "green-garden-keywords.csv")},
        content_type="multipart/form-data",
    )
    assert "IGNY8" in client.get(sent.headers["Location"]).text
    client.post(f"{sent.headers['Location']}/confirm")
    keyword_import.import_next()
    again = client.get("/sites/other/keywords/export.csv").data
    assert again == text


def test_ranges_are_shown_in_lists_and_added_up_in_clusters(client, site):
    text = "".join(f"{name} shoes\tUSD\t{volume}\tLow\n" for name, volume in RANGES.items())
    text = "Keyword\tCurrency\tAvg. monthly searches\tCompetition\n" + text
    address = send(client, text.encode(), "steps.tsv").headers["Location"]
    assert "10–100" in client.get(address).text
    client.post(f"{address}/confirm")
    keyword_import.import_next()
    assert "1,000–10,000" in client.get("/sites/green-garden/keywords").text
    with write_transaction() as tx:
        cluster_id = tx.execute(
            Cluster.__table__.insert()
            .values(site_id=site, name="c", slug="c")
            .returning(Cluster.id)
        ).scalar_one()
        tx.execute(update(Keyword).values(cluster_id=cluster_id, status="mapped"))
    assert "1,220–12,200" in client.get("/sites/green-garden/clusters").text
    page = client.get(f"/sites/green-garden/clusters/{cluster_id}").text
    assert "1,220–12,200 searches per month" in page and "100–1,000" in page


def test_ambiguous_encoding_is_chosen_by_its_samples(client, site):
    data = "Keyword,Volume\nנעל,5\nרכב,6\n".encode("cp1255")
    address = send(client, data).headers["Location"]
    page = BeautifulSoup(client.get(address).text, "html.parser")
    if page.find("h2", string="Which of these reads correctly?"):
        assert "Import " not in page.select_one("main").text.replace("Import\n", "")
        assert client.post(f"{address}/confirm").status_code != 303
    again = client.post(f"{address}/mapping", data={"encoding": "cp1255"})
    assert "נעל" in client.get(again.headers["Location"]).text
    assert "Import 2 keywords" in client.get(again.headers["Location"]).text


def test_unused_number_column_is_mapped_with_one_click(client, site):
    address = send(client, b"Keyword,Popularity\nred shoes,5\nblue shoes,6\n").headers["Location"]
    page = " ".join(client.get(address).text.split())
    assert "“Popularity”" in page and "contains numbers and is not used" in page
    again = client.post(f"{address}/mapping", data={"column": "Popularity", "field": "volume"})
    page = " ".join(client.get(again.headers["Location"]).text.split())
    assert "contains numbers and is not used" not in page and "from “Popularity”" in page


def test_file_without_keywords_cannot_be_confirmed(client, site):
    address = send(client, b"Keyword,Volume\nsite:a.example b,5\n").headers["Location"]
    page = client.get(address).text
    assert "There is no keyword to import" in page and "Import 0" not in page


def test_skipped_rows_can_be_imported_from_the_page(client, site):
    address = send(client, b"Keyword,Volume\nred shoes,5\nsite:a.example b,5\n").headers["Location"]
    client.post(f"{address}/confirm")
    keyword_import.import_next()
    page = BeautifulSoup(client.get(address).text, "html.parser")
    button = page.select_one("button[name=ids]")
    client.post(f"{address}/restore", data={"ids": button["value"]})
    assert count() == 2
    assert "Bring back" not in client.get(address).text


def test_import_is_cancelled_from_the_page(client, site):
    address = send(client, CSV).headers["Location"]
    client.post(f"{address}/confirm")
    assert "Cancel the import" in client.get(address).text
    client.post(f"{address}/cancel")
    assert "Cancelled. Nothing was imported." in client.get(address).text
    assert count() == 0


def test_variant_volumes_are_added_unless_already_combined(client, site):
    data = "Keyword,Volume\n10 kw heater,900\n10kw heater,100\nheater 10 kw,900\n"
    address = send(client, data.encode()).headers["Location"]
    client.post(f"{address}/confirm")
    keyword_import.import_next()
    with read_transaction() as tx:
        word = tx.execute(select(Keyword.id, Keyword.variant_count)).one()
    assert word.variant_count == 2
    page = BeautifulSoup(client.get(f"/sites/green-garden/keywords/{word.id}").text, "html.parser")
    together = page.find("dt", string="With its variants").find_next("dd").text
    assert together == "1,000"

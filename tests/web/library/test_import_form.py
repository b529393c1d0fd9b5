"""The form for keyword files."""

from igny8.importers import DIALECTS, TOOLS


def test_import_form_names_every_known_tool(client, site):
    page = client.get("/sites/green-garden/import").text
    assert f"{', '.join(TOOLS)} or any table" in page
    assert {dialect.tool for dialect in DIALECTS} - {""} == set(TOOLS)
    assert "Semrush" in TOOLS

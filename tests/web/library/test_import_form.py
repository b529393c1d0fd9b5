"""The form for keyword files."""

from igny8.importers import DIALECTS, TOOLS


def test_the_form_names_every_tool_whose_files_are_known(client, site):
    page = client.get("/sites/green-garden/import").text
    assert f"{', '.join(TOOLS)} or any table" in page
    assert {dialect.tool for dialect in DIALECTS} - {""} == set(TOOLS)
    assert "Semrush" in TOOLS

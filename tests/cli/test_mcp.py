"""The MCP server, driven by the client of its own SDK: reads, drafts, and decides only if allowed."""

from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from mcp.client import Client
from sqlalchemy import select

from igny8.cli.mcp_server import create_server
from igny8.engine.runs import start_run
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ApiToken, Gate, GateDecision, Gates
from tests.factories import change_settings, make_keywords, make_site, make_user


@pytest.fixture
def site(app, drain):
    """Return a site with ideas that wait."""
    site_id = make_site(images_per_article=0)
    change_settings(site_id, gates=Gates({2: Gate("every")}).to_json())
    make_keywords(site_id, 8)
    start_run.start_run(site_id)
    drain()
    return site_id


def token_of(site_id, role="administrator", scope="all", **options):
    user_id = make_user(role, green=role)
    with write_transaction() as tx:
        return ApiToken.create(tx, user_id, "agent", scope, **options)


def call(app, token, *calls):
    """Return the names of the tools, and the answers to calls (name, arguments)."""

    async def ask():
        async with Client(create_server(app, token)) as client:
            tools = await client.list_tools()
            answers = [await client.call_tool(name, arguments) for name, arguments in calls]
            return {tool.name for tool in tools.tools}, answers

    with ThreadPoolExecutor(1) as threads:  # the browser of other tests keeps a loop in this one
        return threads.submit(anyio.run, ask).result()


def test_agent_reads_sites_ideas_and_progress(app, site):
    token = token_of(site, scope="read")
    calls = (
        ("list_sites", {}),
        ("list_ideas", {"site": "green"}),
        ("run_progress", {"site": "green"}),
    )
    tools, (sites, ideas, run) = call(app, token, *calls)
    assert sites.structured_content["sites"][0]["site"]["slug"] == "green"
    assert len(ideas.structured_content["ideas"]) == 4
    assert run.structured_content["run"]["status"] == "waiting"
    assert "approve_idea" not in tools


def test_agent_drafts_within_the_scope_of_its_token(app, site):
    edit = ("edit_idea", {"site": "green", "idea_id": 1, "title": "A better title"})
    _, (refused,) = call(app, token_of(site, scope="read"), edit)
    assert refused.is_error
    _, (edited,) = call(app, token_of(site, role="editor", scope="run"), edit)
    assert edited.structured_content["idea"]["title"] == "A better title"


def test_agent_decides_only_if_a_person_allowed_it_for_its_token(app, site):
    approve = ("approve_idea", {"site": "green", "idea_id": 1})
    _, (refused,) = call(app, token_of(site), approve)
    assert refused.is_error
    tools, (done,) = call(app, token_of(site, role="editor", may_decide=True), approve)
    assert "approve_idea" in tools
    assert done.structured_content["changed"]
    with read_transaction() as tx:
        assert tx.execute(select(GateDecision.decided_by)).scalars().all() == ["editor"]

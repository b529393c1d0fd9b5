"""The MCP server: tools for agents; each call is a JSON API request with one token's rights.

It offers tools for reading and drafting. Tools for approving and rejecting are added only if a
person allowed the token to decide. The API checks every request.
"""

import json
from typing import Any

from flask import Flask
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

INSTRUCTIONS = (
    "IGNY8 turns keywords into reviewed articles. Read sites first. People approve ideas and "
    "articles: draft for them, and say what waits for their decision."
)


class ApiClient:
    """Requests to the JSON API of an app in this process, with a token."""

    def __init__(self, app: Flask, token: str) -> None:
        self._client = app.test_client()
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Return the JSON of a GET request; raise ToolError with the reason of a refusal."""
        return self._send("GET", path, parameters)

    def post(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Return the JSON of a POST request; raise ToolError with the reason of a refusal."""
        return self._send("POST", path, parameters)

    def _send(self, method: str, path: str, parameters: dict[str, Any]) -> dict[str, Any]:
        sent = {name: value for name, value in parameters.items() if value not in (None, "")}
        where: dict[str, Any] = {"query_string": sent} if method == "GET" else {"json": sent}
        answer = self._client.open(f"/api/v1/{path}", method=method, headers=self._headers, **where)
        body = json.loads(answer.get_data(as_text=True))
        if answer.status_code >= 400:
            raise ToolError(str(body.get("detail") or body.get("title")))
        return dict(body)


def create_server(app: Flask, token: str) -> MCPServer:
    """Return the server with its tools; deciding tools only if the token may decide."""
    server, api = MCPServer("igny8", instructions=INSTRUCTIONS), ApiClient(app, token)
    may_decide = api.get("token/")["may_decide"]
    _add_reading_tools(server, api)
    _add_list_tools(server, api)
    _add_drafting_tools(server, api)
    if may_decide:
        _add_deciding_tools(server, api)
    return server


def _add_reading_tools(server: MCPServer, api: ApiClient) -> None:
    @server.tool()
    def list_sites() -> dict[str, Any]:
        """List the sites that the token can see, with their current run and what waits."""
        return api.get("sites/")

    @server.tool()
    def run_progress(site: str) -> dict[str, Any]:
        """Show the open or latest run of a site: stages, percentage, what it waits for."""
        return api.get("automation/run_progress/", site_id=site)

    @server.tool()
    def estimate(site: str) -> dict[str, Any]:
        """Forecast what a run would make now, how long it would take and what it would cost."""
        return api.get("automation/estimate/", site_id=site)

    @server.tool()
    def show_cluster(site: str, cluster_id: int) -> dict[str, Any]:
        """Show a cluster with its keywords."""
        return api.get(f"clusters/{cluster_id}/", site_id=site)

    @server.tool()
    def show_idea(site: str, idea_id: int) -> dict[str, Any]:
        """Show an idea with its outline and keywords."""
        return api.get(f"ideas/{idea_id}/", site_id=site)

    @server.tool()
    def show_article(site: str, article_id: int) -> dict[str, Any]:
        """Show an article with its text, checks and publications."""
        return api.get(f"articles/{article_id}/", site_id=site)

    @server.tool()
    def show_schedule(site: str) -> dict[str, Any]:
        """Show when runs of a site start by themselves."""
        return api.get("schedule/", site_id=site)


def _add_list_tools(server: MCPServer, api: ApiClient) -> None:
    @server.tool()
    def list_keywords(site: str, search: str = "", before: int | None = None) -> dict[str, Any]:
        """List keywords, the newest first; `before` is the lowest id seen so far."""
        return api.get("keywords/", site_id=site, q=search, before=before)

    @server.tool()
    def list_clusters(site: str, search: str = "", before: int | None = None) -> dict[str, Any]:
        """List clusters, the newest first; `before` is the lowest id seen so far."""
        return api.get("clusters/", site_id=site, q=search, before=before)

    @server.tool()
    def list_ideas(site: str, status: str = "", before: int | None = None) -> dict[str, Any]:
        """List ideas; status is new, approved, queued, rejected or disabled."""
        return api.get("ideas/", site_id=site, status=status, before=before)

    @server.tool()
    def list_articles(site: str, status: str = "", before: int | None = None) -> dict[str, Any]:
        """List articles; status is draft, review, approved, rejected or sent_back."""
        return api.get("articles/", site_id=site, status=status, before=before)


def _add_drafting_tools(server: MCPServer, api: ApiClient) -> None:
    @server.tool()
    def import_keywords(site: str, text: str) -> dict[str, Any]:
        """Import keywords given as text: one per line, or a table with a header line."""
        return api.post("keywords/import/", site_id=site, text=text)

    @server.tool()
    def edit_idea(
        site: str, idea_id: int, title: str = "", angle: str = "", target_words: int | None = None
    ) -> dict[str, Any]:
        """Change title, angle or length of an idea that is not written yet."""
        changes = {"title": title, "angle": angle, "target_words": target_words}
        return api.post(f"ideas/{idea_id}/", site_id=site, **changes)

    @server.tool()
    def start_run(site: str) -> dict[str, Any]:
        """Start a run over everything that waits; it stops at gates and caps as people set them."""
        return api.post("automation/run_now/", site_id=site)


def _add_deciding_tools(server: MCPServer, api: ApiClient) -> None:
    @server.tool()
    def approve_idea(site: str, idea_id: int) -> dict[str, Any]:
        """Approve an idea, so that a run writes it."""
        return api.post(f"ideas/{idea_id}/approve/", site_id=site)

    @server.tool()
    def reject_idea(site: str, idea_id: int, reason: str) -> dict[str, Any]:
        """Reject an idea with a reason."""
        return api.post(f"ideas/{idea_id}/reject/", site_id=site, reason=reason)

    @server.tool()
    def approve_article(site: str, article_id: int) -> dict[str, Any]:
        """Approve an article in review."""
        return api.post(f"articles/{article_id}/approve/", site_id=site)

    @server.tool()
    def send_back_article(site: str, article_id: int, note: str) -> dict[str, Any]:
        """Send an article back to be written again with a note."""
        return api.post(f"articles/{article_id}/send_back/", site_id=site, reason=note)

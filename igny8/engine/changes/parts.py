"""Ask a model for another text of one part of an article."""

from typing import Any

from sqlalchemy import Row, select

from igny8.article_parts import split_parts
from igny8.engine.changes.kinds import ChangeKind, ChosenModel
from igny8.extensions import read_transaction
from igny8.models import Content, PartChange, RunSettings, Site
from igny8.models.changes import PART_STAGE
from igny8.providers.base import Citation, PartChangeRequest
from igny8.sanitising import clean
from igny8.stages.base import voice_of


def _propose(chosen: ChosenModel, claim: Row) -> dict[str, Any]:
    """Return the HTML that the model proposes for the part."""
    wish = _wish(claim, chosen.settings)
    answer = chosen.provider.change_part(wish, chosen.requests(claim))
    return {"after": clean(str(answer.value)), "model": answer.model}


def _wish(claim: Row, settings: RunSettings) -> PartChangeRequest:
    site = Site.name, Site.language
    texts = Content.title, Content.html, Content.primary_phrase, Content.citations
    query = select(*texts, *site).join(Site, Site.id == Content.site_id)
    with read_transaction() as tx:
        row = tx.execute(query.where(Content.id == claim.content_id)).one()
    return PartChangeRequest(
        title=row.title,
        heading=claim.heading,
        html=claim.before,
        wish=claim.wish,
        outline=tuple(part.heading for part in split_parts(row.html) if part.heading),
        keyword=row.primary_phrase,
        site_name=row.name,
        language=row.language,
        voice=voice_of(settings),
        citations=Citation.from_json(row.citations),
    )


PARTS = ChangeKind(
    PartChange.__table__,
    PART_STAGE,
    "write",
    "No text model is chosen for stage 4. Choose one under Settings, Models and budget.",
    _propose,
)

"""What the kinds of changes share: their table, their stage and the choice of their model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table

from igny8.engine.billing.providers import ProviderAccess, Providers, find_access
from igny8.engine.changes.requests import ChangeRequests
from igny8.errors import ExternalError
from igny8.extensions import read_transaction
from igny8.models import RunSettings
from igny8.stages.provider_choice import resolve_providers


@dataclass(frozen=True)
class ChangeKind:
    """One kind: `propose` returns the columns of what a model proposes for a claimed change.

    `stage_key` is that of the stage whose provider is asked, `no_model` what is said without one.
    """

    table: Table
    stage: int
    stage_key: str
    no_model: str
    propose: Callable[["ChosenModel", Row], dict[str, Any]]


@dataclass(frozen=True)
class ChosenModel:
    """The provider that a claimed change asks, its access, and the settings of the site."""

    kind: ChangeKind
    provider: Any
    access: ProviderAccess
    settings: RunSettings

    def requests(self, claim: Row) -> ChangeRequests:
        """Return the sender of the paid requests of a claimed change."""
        return ChangeRequests(self.kind.table, self.kind.stage, claim, self.access)


def choose_model(kind: ChangeKind, claim: Row, providers: Providers) -> ChosenModel:
    """Return the model of the site for a kind of change; raise ExternalError without one."""
    with read_transaction() as tx:
        settings = resolve_providers(tx, claim.site_id)
        choice = settings.providers.get(kind.stage_key)
        access = None if choice is None else find_access(tx, claim.site_id, choice)
    if choice is None or access is None:
        raise ExternalError(kind.no_model, permanent=True)
    return ChosenModel(kind, providers.get(access, choice), access, settings)

"""The register of the kinds of publishing targets, in the order in which they are offered."""

from igny8.engine.publications.kinds import by_hand, webhook, wordpress
from igny8.engine.publications.kinds.base import Field, Kind, TargetTestContext, TargetTestResult

KINDS = {kind.name: kind for kind in (wordpress.KIND, webhook.KIND, by_hand.KIND)}

__all__ = ["KINDS", "Field", "Kind", "TargetTestContext", "TargetTestResult"]

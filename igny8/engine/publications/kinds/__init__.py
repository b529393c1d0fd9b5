"""Register of the kinds of publishing targets, in display order."""

from igny8.engine.publications.kinds import by_hand, folder, git, webhook, wordpress
from igny8.engine.publications.kinds.base import Field, Kind, TargetTestContext, TargetTestResult

REGISTER = (wordpress.KIND, folder.KIND, git.KIND, webhook.KIND, by_hand.KIND)
KINDS = {kind.name: kind for kind in REGISTER}

__all__ = ["KINDS", "Field", "Kind", "TargetTestContext", "TargetTestResult"]

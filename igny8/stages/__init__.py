"""The seven stages, modules of one shape (`StageModule`), in the order of the pipeline."""

from typing import cast

from igny8.models import RunSettings
from igny8.stages import s1_cluster, s2_ideate, s3_plan, s4_write, s5_describe, s6_draw, s7_review
from igny8.stages.stage_module import StageModule

__all__ = [
    "GATED_STAGES",
    "LAST",
    "STAGES",
    "StageModule",
    "get_stage",
    "next_stage",
    "skipped_stages",
]

STAGES = cast(
    tuple[StageModule, ...],
    (s1_cluster, s2_ideate, s3_plan, s4_write, s5_describe, s6_draw, s7_review),
)
LAST = len(STAGES)
GATED_STAGES = range(1, LAST)  # the last stage is a gate itself: the review
NO_IMAGES = "images per article is 0"


def get_stage(number: int) -> StageModule:
    """Return the module of stage 1 … 7."""
    return STAGES[number - 1]


def skipped_stages(settings: RunSettings) -> dict[int, str]:
    """Return the stages that a run with these settings skips: {number: reason}."""
    return {} if settings.wants_images else {5: NO_IMAGES, 6: NO_IMAGES}


def next_stage(number: int, settings: RunSettings) -> int | None:
    """Return the number of the next stage that these settings do not skip; None after the last."""
    skipped = skipped_stages(settings)
    return next((n for n in range(number + 1, LAST + 1) if n not in skipped), None)

"""The seven recipes of one shape, in the order of the pipeline."""

from igny8.stages import s1_cluster, s2_ideate, s3_plan, s4_write, s5_describe, s6_draw, s7_review

STAGES = (s1_cluster, s2_ideate, s3_plan, s4_write, s5_describe, s6_draw, s7_review)
LAST = len(STAGES)


def get_stage(number: int):
    """Return the recipe of stage 1 … 7."""
    return STAGES[number - 1]


def skipped_stages(settings) -> dict[int, str]:
    """Return the stages that a run with these settings leaves out, each with its reason."""
    if settings.wants_images:
        return {}
    return {5: "images per article is 0", 6: "images per article is 0"}


def next_stage(number: int, settings) -> int | None:
    """Return the stage that takes in what this one makes; None after the last."""
    return next((n for n in range(number + 1, LAST + 1) if n not in skipped_stages(settings)), None)

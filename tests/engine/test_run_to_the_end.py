"""A run that nobody disturbs."""

from igny8.engine import begin
from tests.factories import make_keywords


def test_a_run_takes_keywords_to_the_review_gate(site, drain, run_of):
    make_keywords(site.id, 12)
    begin.run_now(site.id)
    drain()
    assert run_of().state == "completed"

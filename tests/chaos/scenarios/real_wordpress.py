"""Workers are killed, and each line is cut, while texts are published to a real WordPress."""

from tests.chaos.installation import SITE
from tests.chaos.publication_fields import check_fields
from tests.chaos.scenario_runner import scenario
from tests.chaos.scenarios.publishing import KILLS, REJECTED, TEXTS, publish_under_kills, queue
from tests.wordpress.cut_lines import MOMENTS
from tests.wordpress.observed import observed_wordpress
from tests.wordpress.server import USER, why_not

ENV = {
    "IGNY8_OUTBOUND_ALLOW": "127.0.0.1",
    "CHAOS_PUBLISHING": "0.8",  # a request to PHP takes a few tenths of a second on a busy machine
}


@scenario(
    fresh=True,
    same=False,
    keywords=200,
    env=ENV,
    ends=("completed", "nothing_to_do"),
    needs=why_not,
)
def publish_to_a_real_wordpress(runner, installation):
    """20 texts, 50 deaths, each step cut at each moment: 20 posts and their files in its tables."""
    return publish_for_real(runner, installation, TEXTS, KILLS, MOMENTS)


def publish_for_real(runner, installation, texts: int, kills: int, moments: tuple[str, ...]) -> str:
    """Publish that many texts under that many deaths, and cut each step at each of the moments.

    Each of the deaths and of the cuts has to happen.
    """
    installation.run_command("run", SITE)
    with observed_wordpress(installation.folder / "wordpress", runner.random, moments) as site:
        secret = site.wordpress.secret
        values = {"url": site.url, "username": USER}
        queue(installation, values, secret, texts + REJECTED)
        before = installation.kills
        did = publish_under_kills(runner, installation, site, secret, kills)
        deaths = installation.kills - before - 1  # the last worker is killed at rest
        installation.violations += check_fields(installation.file, site)
        if (len(site.posts), deaths) != (texts, kills):
            installation.violations.append(f"{len(site.posts)} posts under {deaths} deaths")
        installation.violations += [f"not cut: {step} {when}" for step, when in site.lines.left]
    return f"{did}, {deaths} deaths"

"""Providers that are slow, wrong, down or out of money: nothing is lost, nothing paid twice."""

import threading

from tests.chaos.installation import ENDED, SERVE, WORKER
from tests.chaos.scenario_runner import scenario
from tests.providers.openai_compatible.server import Say, chat, model_server
from tests.providers.openai_compatible.test_answers import by_schema

ERRORS = ("completed", "completed_with_errors")
PAID = {"provider": "demonstration", "keywords": 24}


def behaving(how: str, same: bool = False, **options):
    """Register a scenario with this behaviour of the demonstration provider."""

    def enter(name):
        @scenario(
            name=name,
            env={"IGNY8_DEMO": f"latency=0.01,{how}"},
            ends=ERRORS,
            same=same,
            **PAID,
            **options,
        )
        def play(runner, installation):
            installation.has_trouble = True
            installation.start(*SERVE)
            return how

    return enter


behaving("garbage=0.2")("provider-garbage")
behaving("permanent=0.1,empty=0.1")("provider-refuses")
behaving("limits=0.1", deadline=240)("provider-429")
behaving("failures=0.15", deadline=240)("provider-5xx")


def cut_short(how: str):
    """Return a play in which the account is empty (or the key void) in mid-run, until somebody mends it."""

    def play(runner, installation):
        installation.has_trouble = True
        sick = installation.start(*SERVE, IGNY8_DEMO=f"latency=0.01,{how}")
        installation.wait_for_web()
        installation.sample_until(lambda s: s.latest["state"] in ("blocked", *ENDED), "the block")
        installation.faults += 1
        installation.kill(sick)
        installation.start(*SERVE)
        installation.wait_for_web()
        installation.post("resume")
        installation.has_trouble = False
        return how

    return play


for name, how in (
    ("provider-402-in-mid-run", "money_after=20"),
    ("provider-401-in-mid-run", "auth_after=20"),
):
    scenario(name=name, **PAID)(cut_short(how))


def wire_fault(name: str, *says: Say):
    """Register a scenario with an OpenAI-compatible server that sometimes answers like this, and a killed worker."""

    @scenario(
        name=f"wire-{name}", same=False, fresh=True, ends=ERRORS, deadline=240, keywords=8, times=1
    )
    def play(runner, installation):
        turn, lock = iter(range(10**9)), threading.Lock()

        def answer(request):
            with lock:
                n = next(turn)
            return says[n // 7 % len(says)] if n % 7 == 5 else by_schema(request)

        with model_server() as server:
            installation.has_trouble = True
            installation.env |= {
                "IGNY8_AI_BASE_URL": server.will(answer).url,
                "IGNY8_AI_MODEL": "small",
                "IGNY8_AI_IMAGE_MODEL": "painter",
                "CHAOS_TIMEOUT": "4",
            }
            installation.run_command("run", "green")
            first = installation.start(*WORKER)
            installation.sample_until(
                lambda s: len(server.asked) > 10 or s.latest["state"] in ENDED, "some calls"
            )
            installation.kill(first)
            installation.start(*WORKER)
            installation.sample_until_end()
            installation.faults += sum(n % 7 == 5 for n in range(len(server.asked)))
            kept = installation.fetch_value("SELECT sum(requests) FROM provider_answer")
            if len(server.asked) > kept:
                installation.violations.append(
                    f"attempts: the server was asked {len(server.asked)} times, {kept} are written down"
                )
            installation.close()
        return f"{len(server.asked)} calls"


wire_fault(
    "statuses",
    Say("", 429, {"retry-after": "1"}),
    Say("", 429, {"retry-after": "soon"}),
    Say("", 429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    Say("oops", 500),
    Say("", 503),
    Say("", 408),
)
wire_fault(
    "bodies",
    Say("", 200),
    Say("<html>", 200),
    Say(b"{", 200),
    Say(b'{"choices": "\xff\xfe"}', 200),
    Say(b"x" * 10_000_000),
    chat("", finish="length"),
    chat("no JSON"),
)
wire_fault("silence", Say(hang=True), Say(chat("slow").body, drip=True))
wire_fault("lines", Say(reset=True), Say(chat("half").body, cut=True))

"""Polls on demand: one request now, and its answer on the page, without waiting for an interval."""

from tests.waiting import until

BEGIN = 2_000_000_000  # seconds; any time will do
AT_REST = BEGIN + 3600  # what a clock that still goes never reaches before it is stopped
POLL = """async () => {
  const box = document.getElementById("live");
  const ended = () => new Promise(done =>
    document.addEventListener("htmx:finally:request", () => queueMicrotask(done), {once: true}));
  if (box.classList.contains("htmx-request")) await ended();  // it was asked before; ours would be dropped
  const shown = ended();
  htmx.trigger(document.getElementById("live"), "every", {forced: true});
  await shown;
}"""
SETTLED = """() => { window.settled = new Promise(done =>
  document.addEventListener("htmx:finally:request", () => queueMicrotask(done), {once: true})) }"""
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def open_at_rest(tab, path: str) -> None:
    """Open a page whose clock stands still from the first instant, however slowly it loads."""
    tab.clock.install(time=BEGIN)
    tab.clock.pause_at(AT_REST)
    tab.goto(path)
    tab.clock.run_for(100)


def poll(tab) -> None:
    """Let the page ask once, and return when it shows the answer."""
    tab.evaluate(POLL)


def refresh(tab) -> None:
    """Turn the tab's clock on by its interval, and return when the answer stands there."""
    tab.evaluate(SETTLED)
    tab.clock.run_for(1000 * interval_of(tab))
    tab.evaluate("settled")


def painted(tab) -> None:
    """Return when what the page shows now has been painted."""
    tab.evaluate(PAINTED)


def requests_of(tab) -> list[str]:
    """Return a list that grows by the path of every request that the page sends from now on.

    The tab's icon is left out: the browser fetches it once for each tenth of the bar.
    """
    sent = []

    def note(request):
        path = request.url.split("//")[1].partition("/")[2].partition("?")[0]
        if path != "icon.svg":
            sent.append(path)

    tab.on("request", note)
    return sent


def interval_of(tab) -> int:
    """Return after how many seconds the page asks again; 0 when it will not."""
    trigger = tab.locator("#live").get_attribute("hx-trigger")
    return int(trigger.removeprefix("every ").removesuffix("s")) if trigger else 0


class Held:
    """Requests to an address that are not answered until they are let go."""

    def __init__(self, tab, address: str, stale: bool = False):
        self._tab, self._address, self._stale, self._routes = tab, address, stale, []
        tab.route(address, self._hold)

    def _hold(self, route) -> None:
        self._routes.append((route, route.fetch() if self._stale else None))

    @property
    def count(self) -> int:
        return len(self._routes)

    def arrived(self) -> int:
        """Return how many are held, once it is one at least."""
        return until(
            lambda: self._tab.evaluate("1") and self.count, 10, f"a request to {self._address}"
        )

    def let_go(self, **answer) -> None:
        """Answer what is held: as the server would, as it did when it was asked, or with what is given."""
        for route, said in self._routes:
            if said is not None:
                route.fulfill(response=said)
            elif answer:
                route.fulfill(**answer)
            else:
                route.continue_()
        self._tab.unroute(self._address)

    def cut(self) -> None:
        """Break the connections of what is held, which is one at least."""
        self.arrived()
        for route, _ in self._routes:
            route.abort()
        self._tab.unroute(self._address)

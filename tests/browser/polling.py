"""Polls on demand: one request and its result on the page, without waiting for the interval."""

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


def open_with_stopped_clock(tab, path: str) -> None:
    """Open a page with its clock stopped from the start."""
    tab.clock.install(time=BEGIN)
    tab.clock.pause_at(AT_REST)
    tab.goto(path)
    tab.clock.run_for(100)


def poll(tab) -> None:
    """Make the page poll once; return when it shows the result."""
    tab.evaluate(POLL)


def refresh(tab) -> None:
    """Advance the tab's clock by its interval; return when the result is shown."""
    tab.evaluate(SETTLED)
    tab.clock.run_for(1000 * interval_of(tab))
    tab.evaluate("settled")


def wait_for_paint(tab) -> None:
    """Return when what the page shows now has been painted."""
    tab.evaluate(PAINTED)


def requests_of(tab) -> list[str]:
    """Return a list to which the path of every further request of the page is appended.

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
    """Return the seconds until the next poll; 0 if there is none."""
    trigger = tab.locator("#live").get_attribute("hx-trigger")
    return int(trigger.removeprefix("every ").removesuffix("s")) if trigger else 0


class Held:
    """Requests to an address that are held until they are released."""

    def __init__(self, tab, address: str, stale: bool = False):
        self._tab, self._address, self._stale, self._routes = tab, address, stale, []
        tab.route(address, self._hold)

    def _hold(self, route) -> None:
        self._routes.append((route, route.fetch() if self._stale else None))

    @property
    def count(self) -> int:
        return len(self._routes)

    def arrived(self) -> int:
        """Wait for the first held request; return how many are held."""
        return until(
            lambda: self._tab.evaluate("1") and self.count, 10, f"a request to {self._address}"
        )

    def release(self, **answer) -> None:
        """Answer the held requests: like the server now, like the server at the time of the request, or as given."""
        for route, said in self._routes:
            if said is not None:
                route.fulfill(response=said)
            elif answer:
                route.fulfill(**answer)
            else:
                route.continue_()
        self._tab.unroute(self._address)

    def cut(self) -> None:
        """Break the connections of the held requests (at least one)."""
        self.arrived()
        for route, _ in self._routes:
            route.abort()
        self._tab.unroute(self._address)

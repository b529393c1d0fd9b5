"""The charts on the page of a run: what they show, and that a new one registers itself."""

from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import update

from igny8 import clock
from igny8.extensions import write_transaction
from igny8.models import RunItem
from igny8.progress import run_charts
from tests.web.conftest import RUN_ID

PAGE = f"/sites/green-garden/runs/{RUN_ID}"


def test_new_chart_needs_its_numbers_and_its_template(client, garden, app, monkeypatch):
    made_up = run_charts.RunChart("made_up", lambda run, snap: {"stages": len(snap["stages"])})
    monkeypatch.setattr(run_charts, "CHARTS", (*run_charts.CHARTS, made_up))
    templates = {"runs/charts/_made_up.html": "<p>{{ chart.stages }} stages of {{ site.name }}</p>"}
    loader = ChoiceLoader([app.jinja_env.loader, DictLoader(templates)])
    monkeypatch.setattr(app.jinja_env, "loader", loader)
    assert "<p>7 stages of Green Garden</p>" in client.get(PAGE).text


def test_chart_without_data_is_omitted(client, garden, monkeypatch):
    empty = run_charts.RunChart("without_template", lambda run, snap: None)
    monkeypatch.setattr(run_charts, "CHARTS", (empty,))
    page = client.get(PAGE)
    assert page.status_code == 200 and "Timeline" not in page.text


def test_bars_of_the_timeline_stay_within_the_run(client, garden):
    now = clock.now().timestamp()
    with write_transaction() as tx:
        tx.execute(update(RunItem).values(started_at=now - 10**6, finished_at=now + 10**6))
    assert 'class="bit' in client.get(PAGE).text
    time = run_charts.RunTimeSpan(100.0, 200.0)
    assert time.bar(110.0, 150.0) == {"begin": 0.1, "length": 0.4}
    assert time.bar(None, None) == {"begin": 0.0, "length": 1.0}
    assert time.bar(50.0, 300.0) == {"begin": 0.0, "length": 1.0}
    assert time.bar(250.0, 240.0) == {"begin": 1.0, "length": 0.0}

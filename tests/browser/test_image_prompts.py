"""Image prompts in the browser: seen and edited before they are paid for, redrawn one by one."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from igny8.engine.changes import worker
from igny8.engine.runs.transitions import advance, advanceable_runs
from igny8.extensions import read_transaction
from igny8.models import Content, Image, ProviderRequest
from igny8.models.changes import REDRAW_STAGE
from tests.browser.conftest import visitor

PROMPT = "A watering can in the evening sun, watercolour."
SETTINGS = {
    "ideas_per_cluster": 1,
    "images_per_article": 2,
    "providers": {"draw": {"provider": "demonstration"}},
    "gates": {"5": {"mode": "every", "amount": 0}},
}


@pytest.fixture
def tab(chromium, working_scene):
    with visitor(chromium, working_scene) as opened:
        yield opened


def rows(scene, model, **where):
    with scene.app.app_context(), read_transaction() as tx:
        query = select(model.__table__).filter_by(**where)
        return tx.execute(query.order_by(model.__table__.c.id)).all()


def test_prompts_are_edited_before_they_are_drawn_and_one_image_is_redrawn(tab, working_scene):
    scene = working_scene
    site_id = scene.create_site("prompts", words=("garden shed", "garden sheds"), **SETTINGS)
    scene.begin(site_id)
    scene.finish()
    assert rows(scene, ProviderRequest, site_id=site_id) == []
    tab.goto("/sites/prompts/approval")
    tab.locator("tbody a.main").first.click()
    first, second = rows(scene, Image, site_id=site_id)
    card = tab.locator(f"#image-{first.id}")
    expect(card).to_contain_text("waits for you")
    card.get_by_label("Prompt").fill(PROMPT)
    card.get_by_label("Alt text").fill("A watering can")
    card.get_by_role("button", name="Approve").click()
    expect(tab.locator(f"#image-{first.id}")).to_contain_text("approved by")
    tab.locator(f"#image-{second.id}").get_by_role("button", name="Drop the image").click()
    expect(tab.locator(f"#image-{second.id}")).to_contain_text("not drawn")
    with scene.work():
        for run_id in advanceable_runs():
            advance(run_id)
    scene.finish()
    [request] = rows(scene, ProviderRequest, site_id=site_id)
    drawn = rows(scene, Image, site_id=site_id)[0]
    assert (drawn.status, drawn.prompt, drawn.alt) == ("generated", PROMPT, "A watering can")
    assert rows(scene, Content, site_id=site_id)[0].status == "review" and request.stage == 6

    tab.reload()
    card = tab.locator(f"#image-{first.id}")
    card.get_by_label("Prompt").fill("The same, as a photograph.")
    card.get_by_role("button", name="Redraw").click()
    expect(tab.get_by_text("The model is drawing this image again.")).to_be_visible()
    with scene.work():
        assert worker.change_next(scene.inline_worker.providers)
    expect(tab.locator(f"#image-{first.id} .shots img")).to_have_count(2)
    expect(tab.locator(f"#image-{first.id} img")).to_have_count(2)
    tab.get_by_role("button", name="Use the new image").click()
    expect(tab.get_by_text("The image was replaced.")).to_be_visible()
    shown = rows(scene, Image, id=first.id)[0]
    assert shown.prompt == "The same, as a photograph." and shown.path != drawn.path
    assert len(rows(scene, ProviderRequest, site_id=site_id, stage=REDRAW_STAGE)) == 1
    picture = tab.locator(f"#image-{first.id} img.shot")
    expect(picture).to_have_js_property("naturalWidth", shown.width)

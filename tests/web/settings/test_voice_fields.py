"""A field of the voice has its column, its place in the form and its sentence in the prompts."""

from dataclasses import fields

import pytest

from igny8.models import RunSettings, SiteSettings
from igny8.providers.base import Voice
from igny8.providers.openai_compatible.messages import question
from igny8.stages.base import voice_of
from igny8.voice_fields import VOICE_FIELDS
from igny8.web.http.typed_text import TYPED_FORMS

NAMES = {field.name for field in VOICE_FIELDS}


def test_every_voice_field_is_stored_and_handed_to_providers():
    for kind in (RunSettings, Voice):
        assert {field.name for field in fields(kind)} >= NAMES
    assert set(SiteSettings.__table__.c.keys()) >= NAMES
    assert set(TYPED_FORMS["general.save"].fields) >= NAMES


@pytest.mark.parametrize("field", VOICE_FIELDS, ids=lambda field: field.name)
def test_voice_field_is_in_the_form_and_in_the_prompt(client, site, field):
    page = client.get("/sites/green-garden/settings").text
    assert f'name="{field.name}"' in page and field.label in page and field.hint in page
    voice = voice_of(RunSettings(**{field.name: "a made-up wish"}))
    [system, _] = question("ideas", voice, "Garden", "en").messages
    assert f"{field.sentence}: a made-up wish." in system["content"]

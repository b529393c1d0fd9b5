"""Settings of the environment: a bad one stops the start and is named."""

import pytest

from igny8 import config


def test_invalid_setting_is_rejected_by_name(tmp_path):
    for name, value in (
        ("IGNY8_PORT", "http"),
        ("DATABASE_URL", "mysql://x"),
        ("IGNY8_SECRET_KEY", "secret"),
        ("HUEY_URL", "amqp://x"),
        ("HUEY_URL", "redis://[::1/0"),
        ("HUEY_URL", "redis://host/first"),
        ("HUEY_URL", "redis://host:port"),
    ):
        with pytest.raises(config.ConfigError, match=name):
            config.load({"IGNY8_DATA_DIR": str(tmp_path), name: value})

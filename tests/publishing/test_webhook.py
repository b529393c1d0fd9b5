"""Webhooks are signed as the specification of Standard Webhooks says."""

import pytest

from igny8.publishing.webhook import decode_secret, new_secret, sign


def test_message_has_the_signature_of_the_specification():
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_fresh_secret_is_valid_and_a_short_one_is_not():
    assert len(decode_secret(new_secret())) == 32 and new_secret() != new_secret()
    for wrong in ("whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!", ""):
        with pytest.raises(ValueError):
            decode_secret(wrong)

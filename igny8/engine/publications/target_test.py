"""Test a publishing target: reachability, access and capabilities."""

from sqlalchemy import Row

from igny8.engine.publications.kinds import KINDS, TargetTestContext, TargetTestResult
from igny8.errors import ExternalError
from igny8.models.encryption import DecryptError, decrypt


def run_target_test(target: Row, context: TargetTestContext) -> TargetTestResult:
    """Run the test of a target's kind and return its result."""
    kind = KINDS[target.kind]
    if kind.test is None:
        return TargetTestResult(
            True, "Nothing is sent to this target, so there is nothing to test."
        )
    if kind.needs_secret and not target.encrypted_secret:
        return TargetTestResult(False, "There is no secret. Enter it, save, then test again.")
    try:
        secret = decrypt(target.encrypted_secret) if target.encrypted_secret else ""
        return kind.test(target, secret, context)
    except (DecryptError, ExternalError) as error:
        return TargetTestResult(False, str(error))

"""Check that the public address and the number of proxies are consistent."""

from flask import current_app

from igny8.upkeep.doctor.finding import CheckResult


def check_public_address() -> CheckResult:
    """Yield whether clients can be told apart behind the configured proxies."""
    settings = current_app.config["SETTINGS"]
    if settings.public_url is None:
        return
    if settings.public_url.scheme == "https" and not settings.proxy_hops:
        yield (
            "warn",
            f"IGNY8_PUBLIC_URL ({settings.public_url}) needs a proxy for https, but "
            "IGNY8_PROXY_HOPS names none: all visitors seem to have the proxy's address, so the "
            "limits of wrong sign-ins count them together.",
            "Set IGNY8_PROXY_HOPS to the number of your proxies, usually 1.",
        )
    else:
        yield "ok", f"Browsers reach the pages at {settings.public_url}."

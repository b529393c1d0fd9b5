"""Start a WordPress to publish to by hand: `python -m tests.wordpress FOLDER [PORT]` (make wordpress).

Its posts stay in the folder and are there again at the next start.
"""

import signal
import sys
from pathlib import Path

from tests.wordpress.server import LOGIN_PASSWORD, USER, RealWordPress, why_not

TOLD = """WordPress 6.8 runs at {url}/

Add it to a site in Settings, Publishing, Add WordPress:
  Address               {url}
  User name             {user}
  Application password  {secret}
IGNY8 reaches it only if it is started with IGNY8_OUTBOUND_ALLOW=127.0.0.1

Sign in at {url}/wp-admin/ as {user} with the password {password}
Its data is kept in {folder}. Press Ctrl-C to stop.
"""
PORT = 8088


def main(folder: str, port: str = str(PORT)) -> int:
    """Run a WordPress until SIGINT or SIGTERM."""
    if why := why_not():
        print(f"WordPress cannot be started: {why}.", file=sys.stderr)
        return 1
    wordpress = RealWordPress(Path(folder).resolve(), port=int(port))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        wordpress.start()
        told = {"user": USER, "password": LOGIN_PASSWORD, "secret": wordpress.secret}
        print(TOLD.format(url=wordpress.url, folder=wordpress.folder, **told), flush=True)
        wordpress.process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        wordpress.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

#!/bin/sh
# Prepare a Debian machine for the systemd units beside this file, as root, in the folder of IGNY8 (/opt/igny8):
#   sh docs/deploy/setup.sh
# It makes the user, the folders, the Python environment and /etc/igny8.env with keys, and installs the units and
# igny8-env. Run it again after an update: it brings packages and units up to date, and leaves settings as they are.
set -eu
umask 022
CODE=${CODE:-/opt/igny8} USER_NAME=${USER_NAME:-igny8} ROOT=${ROOT:-}
SETTINGS=$ROOT/etc/igny8.env UNITS=$ROOT/etc/systemd/system

id "$USER_NAME" >/dev/null 2>&1 || useradd --system --user-group --home-dir /var/lib/igny8 --shell /usr/sbin/nologin "$USER_NAME"
for folder in "$ROOT/var/lib/igny8" "$ROOT/var/backups/igny8"; do
    install -d -o "$USER_NAME" -g "$(id -gn "$USER_NAME")" -m 0700 "$folder"
done

[ -x "$CODE/.venv/bin/python" ] || python3 -m venv "$CODE/.venv"
[ -n "$ROOT" ] || "$CODE/.venv/bin/pip" install --quiet --disable-pip-version-check --editable "$CODE[team]"

key() { "$CODE/.venv/bin/python" -c 'import secrets; print(secrets.token_urlsafe(48))'; }
install -d "$UNITS" "$ROOT/etc"
if [ ! -e "$SETTINGS" ]; then
    (umask 077; cat > "$SETTINGS" <<END
# Settings of IGNY8 (docs/operations.md). Values in single quotes: both systemd and igny8-env read this file.
IGNY8_DATA_DIR='$ROOT/var/lib/igny8'
IGNY8_SECRET_KEY='$(key)'
IGNY8_ENCRYPTION_KEY='$(key)'
IGNY8_METRICS_TOKEN='$(key)'
DATABASE_URL='postgresql://igny8@127.0.0.1/igny8'
DATABASE_PASSWORD=''
HUEY_URL='redis://127.0.0.1:6379/0'
HUEY_PASSWORD=''
IGNY8_PUBLIC_URL=''
IGNY8_PROXY_HOPS='1'
END
    )
fi
for unit in igny8-web.service igny8-worker.service igny8-backup.service igny8-backup.timer; do
    install -m 0644 "$CODE/docs/deploy/$unit" "$UNITS/$unit"
done
install -D -m 0755 "$CODE/docs/deploy/igny8-env" "$ROOT/usr/local/bin/igny8-env"
[ -n "$ROOT" ] || systemctl daemon-reload

echo "Next: fill in DATABASE_PASSWORD, HUEY_PASSWORD and IGNY8_PUBLIC_URL in $SETTINGS."

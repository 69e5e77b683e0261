#!/bin/sh
# Installs what the tests drive besides Python packages: Chromium, PostgreSQL, nginx and rsync, where apt and the right
# to use it are there. Elsewhere the tests that need them say why they are skipped.
set -eu
missing=""
command -v chromium >/dev/null || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v nginx >/dev/null || missing="$missing nginx-light"
command -v rsync >/dev/null || missing="$missing rsync"
command -v git >/dev/null || missing="$missing git"
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "Installing$missing for the tests"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Not installed:$missing. The tests that need them are skipped."
fi

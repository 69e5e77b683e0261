#!/bin/sh
# Publishes the newest commit of a knowledge base, then runs the command that it is given in the clone:
#   REPOSITORY=https://git.example/help.git CLONE=/var/lib/help \
#     cron.sh rsync --archive --delete --delay-updates _build/site/public/ web.example:/srv/help/
# A run that fails leaves what is served as it is; one that still goes on is not started twice.
set -eu
: "${REPOSITORY:?the address of the knowledge base}" "${CLONE:?a folder for its clone, kept from run to run}"
mkdir -p "$(dirname "$CLONE")"
exec 9> "$CLONE.lock"
flock --nonblock 9 || exit 0
if [ -d "$CLONE/.git" ]; then
    git -C "$CLONE" fetch --quiet --depth 1 origin HEAD
    git -C "$CLONE" reset --quiet --hard FETCH_HEAD
else
    git clone --quiet --depth 1 "$REPOSITORY" "$CLONE"
fi
cd "$CLONE"
kbuilder check
kbuilder publish
"$@"

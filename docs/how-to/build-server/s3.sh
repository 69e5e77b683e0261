#!/bin/sh
# Copies a published site to a bucket of S3, or of anything that speaks its protocol (AWS_ENDPOINT_URL):
#   BUCKET=help.example s3.sh
# What pages lead to goes first, pages and the lists of the search after it, and with them goes what is no more.
# With _build kept between runs only what has changed is sent: the rest keeps its time on disk.
set -eu
: "${BUCKET:?the name of the bucket}"
site="${SITE:-_build/site/public}"
copy() { aws s3 sync "$site" "s3://$BUCKET" --no-progress --cache-control "${CACHE:-public, max-age=300}" "$@"; }

# Text that cannot say so itself is told to be UTF-8.
copy --exclude '*' --include '*.md' --content-type 'text/markdown; charset=utf-8'
copy --exclude '*' --include '*.txt' --content-type 'text/plain; charset=utf-8'
copy --exclude '*.html' --exclude 'pagefind/*.json'
copy --delete

#!/bin/sh
# Starts Apache with a certificate authority that libcurl trusts in this process alone: mod_oauth2 has no setting for it.
set -e
RUN_DIR=$(mktemp -d)
export RUN_DIR
trap 'rm -rf "$RUN_DIR"' EXIT
unshare --mount sh -c '
  mount --bind "$CA_FILE" /etc/ssl/certs/ca-certificates.crt
  exec apache2 -f "$1" -DFOREGROUND
' sh "$(dirname "$0")/apache2.conf" &
trap 'kill $!; wait $!; rm -rf "$RUN_DIR"; exit' TERM INT
wait $!

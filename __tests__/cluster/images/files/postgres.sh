#!/bin/sh
# Starts PostgreSQL, and makes a database cluster with the user postgres and POSTGRES_PASSWORD at the first start, in
# PGDATA. TLS is on, with a certificate that nobody signed, and off the machine only passwords are let in.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?set it, or nobody could sign in}"
  secret=$(mktemp)
  printf '%s' "$POSTGRES_PASSWORD" > "$secret"
  initdb --pgdata="$PGDATA" --username=postgres --pwfile="$secret" --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
  rm "$secret"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=postgres \
    -keyout "$PGDATA/server.key" -out "$PGDATA/server.crt" 2> /dev/null
  chmod 600 "$PGDATA/server.key"
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c ssl=on "$@"

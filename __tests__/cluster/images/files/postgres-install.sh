#!/bin/sh
# Installs Debian's PostgreSQL without a running server, with its programs on PATH.
set -eu
export DEBIAN_FRONTEND=noninteractive
mkdir -p /etc/postgresql-common
echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
apt-get update
apt-get install --yes --no-install-recommends postgresql
apt-get clean
rm -rf /var/lib/apt/lists/*
for program in /usr/lib/postgresql/*/bin/*; do ln -sf "$program" /usr/local/bin/; done
install -D -m 0755 "$(dirname "$0")/postgres.sh" /usr/local/bin/postgres.sh
install -d -o postgres -g postgres -m 0700 /var/lib/postgresql/data
# The user of the Dockerfile that this stands for; charts and manifests name the number.
usermod --uid 999 postgres
chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql
chmod 3777 /var/run/postgresql

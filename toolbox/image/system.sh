#!/bin/sh
# system.sh NAME: what the image NAME has of Debian or Ubuntu, and its user, for the Dockerfiles and for the images of
# the tests. Run as root.
set -eu
name=$1 here=$(dirname "$0")
export DEBIAN_FRONTEND=noninteractive
apt-get update
xargs apt-get install --yes --no-install-recommends < "$here/$name.packages"
apt-get clean
rm -rf /var/lib/apt/lists/*
# Some bases have a user 1000 already.
if other=$(getent passwd 1000); then userdel --remove "${other%%:*}"; fi
case $name in
  toolbox)
    useradd --uid 1000 --gid 100 --create-home --shell /bin/bash jovyan
    # Where Prefect's images have theirs; charts and job templates name it.
    install -D -m 0755 "$here/entrypoint.sh" /opt/prefect/entrypoint.sh
    ;;
  serving)
    useradd --uid 1000 --gid 100 --create-home --shell /usr/sbin/nologin model
    install -d -o 1000 -g 100 /mnt/models
    ;;
esac

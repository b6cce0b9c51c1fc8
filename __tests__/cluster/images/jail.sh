#!/bin/bash
# jail.sh ROOT LOWER UPPER WORK SHARED COMMAND: runs COMMAND as root in a root file system made of the folders LOWER
# (the topmost first, joined by colons), and leaves what it changed in UPPER. Started by unshare, in a mount namespace
# that ends with it, so no mount is left however it ends. Folders listed in SHARED (from=to) are in /media meanwhile.
set -euo pipefail
root=$1 lower=$2 upper=$3 work=$4 shared=$5 command=$6
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$work" "$root"
# Both are in every Debian, so that nothing of the build stays behind in the image.
mount -t tmpfs tmpfs "$root/media"
mount -t tmpfs tmpfs "$root/tmp"
for pair in $shared; do
  to=$root/media/${pair#*=} from=${pair%%=*}
  if [ -d "$from" ]; then mkdir -p "$to"; else mkdir -p "$(dirname "$to")"; touch "$to"; fi
  mount --bind "$from" "$to"
done
mount --bind "$(readlink -f /etc/resolv.conf)" "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
exec chroot "$root" /bin/sh -euc "$command"

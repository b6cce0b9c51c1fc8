#!/bin/bash
# Makes a plain Amazon Linux 2023 machine the way out of private subnets, at its first boot. What it sets up stays set up
# over restarts. A machine that cannot be made one turns itself off: its scaling group then tries with another.
set -euo pipefail
finish() {
  local status=$?
  [ "$status" -eq 0 ] && return
  echo "nat: it cannot be made one; turning off" >/dev/console
  systemctl poweroff
}
trap finish EXIT

# Nobody signs in, and the agent's memory is wanted: the machine has 512 MiB. An image without them is as good.
systemctl disable --now amazon-ssm-agent sshd || true

# Amazon Linux brings no nftables, and dnf is killed on so little memory unless it may swap.
dd if=/dev/zero of=/swapfile bs=1M count=512 status=none
chmod 600 /swapfile
mkswap /swapfile
swapon /swapfile
for _ in 1 2 3 4 5; do
  if dnf install --assumeyes --quiet nftables; then break; fi
  sleep 10
done
command -v nft

# Redirects would tell nodes to send elsewhere, and there is no elsewhere.
cat >/etc/sysctl.d/90-nat.conf <<'SYSCTL'
net.ipv4.ip_forward = 1
net.ipv4.conf.*.send_redirects = 0
SYSCTL
systemctl restart systemd-sysctl

# The security group decides whose packets come this far. Whatever is forwarded leaves with the machine's own address;
# what is meant for the machine itself is dropped, but for answers and the lease of its address. No interface is named,
# so none can be named wrongly.
cat >/etc/sysconfig/nftables.conf <<'NFTABLES'
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname != "lo" masquerade
  }
}
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state established,related accept
    udp sport 67 udp dport 68 accept
    ip protocol icmp accept
    meta l4proto ipv6-icmp accept
  }
}
NFTABLES
systemctl enable --now nftables
nft list table ip nat

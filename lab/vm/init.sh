#!/bin/sh
# Process 1 of the guest: file systems, modules that nothing asks for by itself, the judge, and the machine's end.
# Finished cases go out by the virtio port as one tar after the other; lines on the console are the judge's own.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C TZ=UTC
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp
mount -t tmpfs none /run
mkdir -p /run/netns
[ -e /var/run/netns ] || ln -sfn /run /var/run 2>/dev/null
mkdir -p /dev/pts
echo /sbin/modprobe >/proc/sys/kernel/modprobe
for module in virtio_pci virtio_console br_netfilter nf_conntrack nf_conntrack_netlink xt_comment ip_vs ip_vs_rr ip_vs_wrr ip_vs_sh ipip ip_gre \
  wireguard vxlan dummy ifb veth; do
  modprobe "$module" || echo "init: no module $module"
done
# The initial namespace's copies of tunnel devices are not copied into each new namespace.
[ -e /proc/sys/net/core/fb_tunnels_only_for_init_net ] && echo 0 >/proc/sys/net/core/fb_tunnels_only_for_init_net

send() {
  for found in /out/*/kernel.json; do
    [ -e "$found" ] || continue
    name=${found%/kernel.json}
    name=${name#/out/}
    tar -C /out -cf - "$name" >/dev/vport0p1 && rm -rf "/out/$name"
  done
}

cd /dumplint || exit 1
node lab/vm/inside.mjs &
judge=$!
while kill -0 "$judge" 2>/dev/null; do
  send
  sleep 2
done
wait "$judge"
status=$?
send
echo "guest ended $status"
sleep 1
echo o >/proc/sysrq-trigger
sleep 60

#!/bin/sh
# dumplint collect: captures what a network diagnosis of a Kubernetes node needs, and changes nothing.
#
#   sh collect.sh [-o FILE] [-n NAME] [-t SECONDS] [-T SECONDS] [-m KIB] [-K] [-P]
#
#     -o FILE     the archive, - for standard output; default: dumplint-NODE-TIME.tar.gz in the working directory
#     -n NAME     name of the node; default: its host name
#     -t SECONDS  longest time for one command (15)
#     -T SECONDS  longest time for everything (300)
#     -m KIB      longest output of one command (8192); what is longer is cut
#     -K          nothing of the cluster: no kubectl, no calicoctl
#     -P          nothing of pods: no network namespaces but the node's own
#
# Run it on every node as root, and lint all archives together: dumplint lint dumplint-*.tar.gz
# Needs a POSIX shell and tar, busybox is enough; installs nothing. Read only, one command at a time, at low priority. Takes addresses, routes,
# rules, settings, logs of network components and objects without Secrets. Look into the archive before you hand it on.
set -u
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin:/opt/cni/bin:/var/lib/rancher/rke2/bin:/snap/bin
export PATH
umask 077

out='' node='' each=15 all=300 most=8192 cluster=yes pods=yes
usage() {
  # Read from a pipe it has no file to quote.
  if [ -f "$0" ]; then sed -n '3,14s/^# \{0,1\}//p' "$0"; else echo 'sh -s -- [-o FILE] [-n NAME] [-t SECONDS] [-T SECONDS] [-m KIB] [-K] [-P]'; fi >&2
  exit 2
}
while getopts o:n:t:T:m:KPh opt; do
  case $opt in
    o) out=$OPTARG ;;
    n) node=$OPTARG ;;
    t) each=$OPTARG ;;
    T) all=$OPTARG ;;
    m) most=$OPTARG ;;
    K) cluster=no ;;
    P) pods=no ;;
    *) usage ;;
  esac
done
for number in "$each" "$all" "$most"; do
  case $number in '' | *[!0-9]* | 0) echo "collect.sh: not a number above 0: $number" >&2; exit 2 ;; esac
done

has() { command -v "$1" >/dev/null 2>&1; }
now() { date -u +%s; }
[ -n "$node" ] || node=$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname 2>/dev/null || echo node)
# A name is a folder: nothing in it may leave the folder.
node=$(printf '%s' "$node" | tr -c 'A-Za-z0-9._-' '_' | sed 's/^\.*//')
[ -n "$node" ] || node=node
stamp=$(date -u +%Y%m%dT%H%M%SZ)
[ -n "$out" ] || out=dumplint-$node-$stamp.tar.gz
case $out in /* | -) ;; *) out=$(pwd)/$out ;; esac

work=$(mktemp -d "${TMPDIR:-/tmp}/dumplint.XXXXXX" 2>/dev/null) || { work=${TMPDIR:-/tmp}/dumplint.$$; mkdir "$work" || exit 1; }
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
top=$work/$node
mkdir -p "$top" "$work/cluster"
record=$top/commands.tsv
printf 'file\texit\tseconds\tcommand\n' >"$record"
began=$(now)
[ "$(id -u 2>/dev/null)" = 0 ] || echo 'collect.sh: not root: rules, sockets and settings will be missing' >&2
nice=''
if has nice; then nice='nice -n 10'; fi

# Old busybox wants -t, all else takes the seconds first; without the program a watcher ends the command.
limit=''
if has timeout; then
  if timeout 1 true 2>/dev/null; then limit="timeout $each"; elif timeout -t 1 true 2>/dev/null; then limit="timeout -t $each"; fi
fi
bounded() {
  if [ -n "$limit" ]; then $nice $limit "$@"; return; fi
  "$@" &
  job=$!
  ( sleep "$each"; kill "$job" 2>/dev/null ) >/dev/null 2>&1 &
  watcher=$!
  wait "$job"
  status=$?
  kill "$watcher" 2>/dev/null
  return $status
}

# take FOLDER FILE COMMAND…: output to the file, at most $most KiB of it; messages only where there is no output. What the program does not
# know is in the record, not in a file.
take() {
  folder=$1 file=$2
  shift 2
  path=$folder/$file
  has "$1" || return 0
  started=$(now)
  if [ $((started - began)) -ge "$all" ]; then
    printf '%s\t124\t0\t%s\n' "${path#"$top"/}" "$*" >>"$record"
    return 0
  fi
  mkdir -p "$(dirname "$path")"
  { bounded "$@" 2>"$work/err"; echo $? >"$work/status"; } </dev/null | head -c $((most * 1024)) >"$path"
  status=$(cat "$work/status" 2>/dev/null)
  if [ ! -s "$path" ] && [ -s "$work/err" ]; then head -c 4096 "$work/err" >"$path"; fi
  size=$(wc -c <"$path" | tr -d ' ')
  if [ "$size" -ge $((most * 1024)) ]; then echo "... cut at $most KiB" >>"$path"; fi
  case $path in "$top"/*) ;; *) return 0 ;; esac
  printf '%s\t%s\t%s\t%s\n' "${path#"$top"/}" "${status:-1}" "$(($(now) - started))" "$*" >>"$record"
}
node_has() { take "$top" "$@"; }
# The first of several command lines that the program understands: busybox knows fewer options.
first_of() {
  file=$1
  shift
  for line in "$@"; do
    # shellcheck disable=SC2086 # a command line is words
    node_has "$file" $line
    [ "${status:-1}" = 0 ] && return 0
  done
  return 0
}
# The last KIB of a file, under a name of its own.
tail_of() { [ -r "$3" ] && node_has "$1" tail -c $(($2 * 1024)) "$3"; return 0; }
copy_of() { [ -r "$2" ] && node_has "$1" cat "$2"; return 0; }

# Who and when
node_has date.txt date -u
node_has hostname.txt hostname
node_has uname.txt uname -a
node_has uptime.txt uptime
copy_of os-release.txt /etc/os-release
copy_of machine-id.txt /etc/machine-id

# Addresses, routes, neighbours
first_of ip-addr.txt 'ip -d addr show' 'ip addr show'
first_of ip-link.txt 'ip -s -d link show' 'ip link show'
node_has ip-route.txt ip route show table all
node_has ip6-route.txt ip -6 route show table all
node_has ip-rule.txt ip rule show
node_has ip6-rule.txt ip -6 rule show
node_has ip-neigh.txt ip neigh show
# What it leaves out: entries that are never asked for.
node_has ip-neigh-noarp.txt ip neigh show nud noarp
node_has ip-neigh-proxy.txt ip neigh show proxy
node_has ip-netconf.txt ip netconf show
node_has ip-nexthop.txt ip nexthop show
node_has ip-maddr.txt ip maddr show
node_has bridge-fdb.txt bridge fdb show
node_has bridge-link.txt bridge -d link show
node_has bridge-vlan.txt bridge vlan show
has bridge || first_of brctl-show.txt 'brctl show' brctl
if ! has ip; then
  node_has ifconfig.txt ifconfig -a
  node_has route-n.txt route -n
  node_has arp.txt arp -n
fi
copy_of proc-net-route.txt /proc/net/route
copy_of proc-net-arp.txt /proc/net/arp
node_has wg.txt wg show
node_has tc-qdisc.txt tc qdisc show
# What hangs on a device no listing of disciplines shows.
if has tc; then
  for dev in $(tc qdisc show 2>/dev/null | sed -n -e 's/^qdisc clsact .* dev \([^ ]*\) .*/\1/p' -e 's/^qdisc ingress .* dev \([^ ]*\) .*/\1/p' | head -n 60); do
    case $dev in *[!A-Za-z0-9._-]*) continue ;; esac
    node_has "tc-filter-$dev-ingress.txt" tc filter show dev "$dev" ingress
    node_has "tc-filter-$dev-egress.txt" tc filter show dev "$dev" egress
  done
fi
node_has ip-xfrm-policy.txt ip xfrm policy show
node_has ip-xfrm-policy-default.txt ip xfrm policy getdefault

# Settings
node_has sysctl.txt sysctl -a
node_has lsmod.txt lsmod
copy_of resolv.conf /etc/resolv.conf
copy_of hosts.txt /etc/hosts
copy_of subnet.env /run/flannel/subnet.env
copy_of kubelet-config.yaml /var/lib/kubelet/config.yaml
copy_of kube-proxy-config.conf /var/lib/kube-proxy/config.conf
for file in /etc/cni/net.d/*.conf /etc/cni/net.d/*.conflist /var/lib/rancher/*/agent/etc/cni/net.d/*.conflist; do
  [ -f "$file" ] && copy_of "cni/$(basename "$file")" "$file"
done

# Firewall
node_has iptables-save.txt iptables-save -c
node_has ip6tables-save.txt ip6tables-save -c
# Both backends apply to every packet, and each shows only its own rules.
case $(iptables -V 2>/dev/null) in
  *nf_tables*) node_has iptables-legacy-save.txt iptables-legacy-save -c ;;
  *legacy*) node_has iptables-nft-save.txt iptables-nft-save -c ;;
esac
case $(ip6tables -V 2>/dev/null) in
  *nf_tables*) node_has ip6tables-legacy-save.txt ip6tables-legacy-save -c ;;
  *legacy*) node_has ip6tables-nft-save.txt ip6tables-nft-save -c ;;
esac
node_has iptables-version.txt iptables -V
node_has nft.txt nft list ruleset
node_has ipset.txt ipset save
node_has ipvsadm.txt ipvsadm -Sn
node_has ipvsadm-list.txt ipvsadm -Ln
# Frames and ARP have tables of their own. arptables-legacy-save would load a module, the others show what is there.
node_has ebtables-save.txt ebtables-save
case $(arptables -V 2>/dev/null) in *nf_tables*) node_has arptables-save.txt arptables-save ;; esac
# Who listens on queues, and whom `-m recent` has seen: no listing of rules tells.
node_has proc-net-nfnetlink_queue.txt cat /proc/net/netfilter/nfnetlink_queue
node_has proc-net-xt_recent.txt head -v -n 2000 /proc/net/xt_recent/*
node_has ufw-status.txt ufw status verbose
if has firewall-cmd; then
  node_has firewall-cmd-state.txt firewall-cmd --state
  node_has firewall-cmd-list-all-zones.txt firewall-cmd --list-all-zones
  node_has firewall-cmd-list-all-policies.txt firewall-cmd --list-all-policies
  node_has firewall-cmd-direct.txt firewall-cmd --direct --get-all-rules
fi

# Counters and sockets
node_has conntrack-stats.txt conntrack -S
node_has conntrack-count.txt conntrack -C
node_has conntrack.txt conntrack -L
node_has nstat.txt nstat -az
node_has ss-listen.txt ss -lntup
node_has ss-summary.txt ss -s
has ss || node_has netstat-listen.txt netstat -lntup
for dev in $(ls /sys/class/net 2>/dev/null); do
  case $dev in
    lo | veth* | cali* | lxc* | eni* | docker* | dummy* | ifb*) continue ;;
  esac
  case $dev in *[!A-Za-z0-9._:-]*) continue ;; esac
  node_has "ethtool-k-$dev.txt" ethtool -k "$dev"
  node_has "ethtool-i-$dev.txt" ethtool -i "$dev"
done

# Logs
first_of dmesg.txt 'dmesg -T' dmesg
for unit in flanneld kubelet kube-proxy containerd docker crio k3s k3s-agent rke2-server rke2-agent k0scontroller k0sworker NetworkManager systemd-networkd firewalld bird calico-node; do
  has journalctl || break
  [ -n "$(bounded journalctl --no-pager -q -n 1 -u "$unit" 2>/dev/null)" ] || continue
  node_has "journal-$unit.txt" journalctl --no-pager -q -u "$unit" --since -24h -n 20000
done
for log in /var/log/pods/*flannel*/*/*.log /var/log/pods/*calico-node*/*/*.log /var/log/pods/*kube-proxy*/*/*.log /var/log/pods/*coredns*/*/*.log /var/log/pods/*weave*/*/*.log /var/log/pods/*cilium*/*/*.log; do
  [ -f "$log" ] || continue
  pod=${log#/var/log/pods/}
  tail_of "podlogs/$pod" 512 "$log"
done
node_has ps.txt ps -ef

# Calico and BIRD
[ $cluster = yes ] && node_has calicoctl-node-status.txt calicoctl node status
for socket in /var/run/calico/bird.ctl /run/bird/bird.ctl /run/bird.ctl; do
  [ -S "$socket" ] || continue
  for program in birdcl birdc; do
    has "$program" || continue
    node_has birdcl-show-protocols.txt "$program" -s "$socket" show protocols
    node_has birdcl-show-route.txt "$program" -s "$socket" show route
    break 2
  done
done

# Network namespaces of pods: one process of each tells them apart
inside() {
  folder=$top/netns-$1
  shift
  for what in 'ip-addr ip addr show' 'ip-link ip -d link show' 'ip-route ip route show table all' 'ip-rule ip rule show' 'ip6-route ip -6 route show table all' 'ip6-rule ip -6 rule show' 'ip-neigh ip neigh show' 'ip-neigh-noarp ip neigh show nud noarp' 'ip-netconf ip netconf show' 'sysctl sysctl -a' 'ss-listen ss -lntup' 'iptables-save iptables-save -c' 'ip6tables-save ip6tables-save -c' 'iptables-legacy-save iptables-legacy-save -c' 'ip6tables-legacy-save ip6tables-legacy-save -c' 'nft nft list ruleset' 'ip-xfrm-policy ip xfrm policy show' 'tc-qdisc tc qdisc show' 'proc-net-nfnetlink_queue cat /proc/net/netfilter/nfnetlink_queue'; do
    name=${what%% *}
    program=${what#* }
    has "${program%% *}" || continue
    # shellcheck disable=SC2086 # words of the table above
    take "$folder" "$name.txt" "$@" ${what#* }
  done
  [ "$1" = nsenter ] && [ -r "/proc/$3/root/etc/resolv.conf" ] && take "$folder" resolv.conf cat "/proc/$3/root/etc/resolv.conf"
  return 0
}
if [ $pods = yes ] && has nsenter && [ -r /proc/self/ns/net ]; then
  own=$(readlink /proc/self/ns/net)
  seen=" $own "
  count=0
  for link in /proc/[0-9]*/ns/net; do
    [ $count -lt 30 ] || break
    ns=$(readlink "$link" 2>/dev/null) || continue
    [ -n "$ns" ] || continue
    case $seen in *" $ns "*) continue ;; esac
    seen="$seen$ns "
    count=$((count + 1))
    pid=${link#/proc/}
    pid=${pid%%/*}
    inside "$pid" nsenter -t "$pid" -n
  done
elif [ $pods = yes ] && has ip; then
  for ns in $(ip netns list 2>/dev/null | sed 's/ .*//' | head -n 30); do
    case $ns in *[!A-Za-z0-9._-]*) continue ;; esac
    inside "$ns" ip netns exec "$ns"
  done
fi

# The cluster, from where kubectl works
if [ $cluster = yes ]; then
  for program in kubectl k3s microk8s k0s; do
    has "$program" || continue
    kubectl=$program
    [ "$program" = kubectl ] || kubectl="$program kubectl"
    for config in "${KUBECONFIG:-}" "${HOME:-/root}/.kube/config" /etc/kubernetes/admin.conf /etc/rancher/rke2/rke2.yaml /etc/rancher/k3s/k3s.yaml; do
      [ -n "$config" ] && [ -r "$config" ] || continue
      KUBECONFIG=$config
      export KUBECONFIG
      break
    done
    # shellcheck disable=SC2086 # `k3s kubectl` is two words
    bounded $kubectl version --request-timeout=5s >/dev/null 2>&1 || continue
    object() {
      file=$1
      shift
      # shellcheck disable=SC2086
      take "$work/cluster" "$file" $kubectl "$@"
    }
    object kubectl-get-nodes.yaml get nodes -o yaml
    object kubectl-get-pods.txt get pods -A -o wide
    object kubectl-get-services.yaml get services -A -o yaml
    object kubectl-get-endpointslices.yaml get endpointslices -A -o yaml
    object kubectl-get-daemonsets.yaml get daemonsets -A -o yaml
    object kubectl-get-networkpolicies.yaml get networkpolicies -A -o yaml
    for name in kube-flannel-cfg kube-proxy coredns kubeadm-config calico-config canal-config nodelocaldns; do
      object "configmap-$name.yaml" get configmaps -A --field-selector "metadata.name=$name" -o yaml
    done
    for kind in ippools bgpconfigurations bgppeers felixconfigurations blockaffinities; do
      object "calico-$kind.yaml" get "$kind.crd.projectcalico.org" -o yaml
    done
    break
  done
  # A kind that the cluster does not have leaves a message, which is no capture.
  for file in "$work"/cluster/*; do
    [ -f "$file" ] || continue
    if [ ! -s "$file" ] || head -n 1 "$file" | grep -q '^error: \|^Error from server'; then rm -f "$file"; fi
  done
fi

rmdir "$work/cluster" 2>/dev/null
set -- "$node"
[ -d "$work/cluster" ] && set -- "$node" cluster
if [ "$out" = - ]; then
  has tar && has gzip || { echo 'collect.sh: no tar or gzip here: name a file' >&2; exit 1; }
  (cd "$work" && tar -cf - "$@" | gzip -c)
  exit $?
fi
if ! has tar; then
  mv "$work" "${out%.tar.gz}" && trap - EXIT
  echo "no tar here: everything is in the folder ${out%.tar.gz}"
  exit 0
fi
# mv, so that nobody sees half an archive.
if has gzip; then
  (cd "$work" && tar -cf - "$@" | gzip -c) >"$out.part" || exit 1
else
  out=${out%.gz}
  (cd "$work" && tar -cf - "$@") >"$out.part" || exit 1
fi
mv "$out.part" "$out" || exit 1
echo "$out"

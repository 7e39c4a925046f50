/**
 * What the tools of eBPF and Open vSwitch data planes print of their maps, flows and databases, and routing daemons of theirs. The packet walk asks none of it: where such a
 * program or switch decides, it says so and that it does not know. Recognised so that no such table is taken for another command's.
 */

/** Programs all of whose output is such, once the parsers of what bears facts have been asked. */
const PROGRAM =
  /^(?:cilium(?:-dbg|-health|-operator|-bugtool)?|hubble|bpftool|antctl|ov[sn]-(?:vsctl|ofctl|dpctl|appctl|nbctl|sbctl|ic-nbctl|ic-sbctl|trace|detrace|testcontroller)|ovsdb-(?:client|tool)|vtep-ctl|gobgp|vtysh)$/;

/** `kubectl ko nbctl show`: Kube-OVN's plugin. */
const KUBE_OVN = /^(?:nbctl|sbctl|vsctl|ofctl|dpctl|appctl|trace|env-check)$/;

/** Is it the output of such a tool? */
export function dataplaneCommand(argv: readonly string[]): boolean {
  const program = argv[0] ?? '';
  if (/^(?:kubectl|oc|k)$/.test(program)) return argv[1] === 'ko' && KUBE_OVN.test(argv[2] ?? '');
  return PROGRAM.test(program);
}

/** Names under which collectors write such output. */
export const dataplaneName =
  /^(?:cilium-(?:dbg-)?(?:bpf|service|endpoint|identity|ip|map|policy|config|lrp|bgp|encrypt|fqdn|nodeid|metrics|statedb|debuginfo|version)\b|bpftool-|hubble-(?:status|list)|ov[sn]-(?:vsctl|ofctl|dpctl|appctl|nbctl|sbctl)\b|antctl-)/;

/** Headers and first lines that nothing else begins with; blanks at both ends are off. */
const HEADS: readonly RegExp[] = [
  // ovs-vsctl, ovn-nbctl, ovn-sbctl: list (ovs lib/table.c TABLE style list)
  /^_uuid +: [\da-fx]{8}(?:-[\da-fx]{4}){3}-[\da-fx]{12}$/,
  // cilium-dbg/cmd: endpoint_list, service_list, bpf_*, map_*, identity_list, ip_list, nodeid_list, encrypt_status, bgp_*
  /^ENDPOINT +POLICY \(ingress\) +POLICY \(egress\) +IDENTITY\b/,
  /^ID +Frontend +Service Type +Backend\b/,
  /^TUNNEL +VALUE$/,
  /^IP PREFIX\/ADDRESS +IDENTITY$/,
  /^IP ADDRESS +LOCAL ENDPOINT INFO$/i,
  /^SERVICE ADDRESS +BACKEND ADDRESS/i,
  /^Key +Value +State +Error$/,
  /^Name +Num entries +Num errors +Cache enabled$/,
  /^POLICY +DIRECTION +(?:IDENTITY|LABELS)\b/,
  /^DIRECTION +LABELS \(source:key\[=value\]\) +PORT\/PROTO/,
  /^Metric +Labels +Value$/,
  /^REASON +DIRECTION +PACKETS +BYTES\b/,
  /^Node +Local AS +Peer AS +Peer Address +Session State\b/,
  /^(?:Node +)?VRouter +(?:Peer +)?(?:Prefix|Policy Name)\b/,
  /^NODE ID +IP ADDRESSES$/,
  // hubble status
  /^Healthcheck \(via \S+\): /,
  /^Name +Index +Selected +Type +MTU +HWAddr +Flags +Addresses$/,
  /^ID +LABELS$/,
  /^IP +IDENTITY +SOURCE$/,
  /^KVStoreMesh: +\d+\/\d+ (?:remote )?clusters/,
  /^(?:TCP|UDP|SCTP|ICMP|ICMPv6|ANY) (?:IN|OUT|SVC) \S+ -> \S+ .*(?:\bexpires=\d|XLATE_)/,
  /^Encryption: +(?:Wireguard|IPsec|Disabled)$/i,
  // Open vSwitch: lib/ofp-print.c, lib/odp-util.c, ovs-dpctl, ovsdb tables one record after another, ofproto/trace
  /^(?:NXST|OFPST)_\w+ reply\b/,
  /^OFPT_\w+ \(.*xid=0x/,
  /^cookie=0x[\da-f]+, (?:duration=|table=|priority=)/,
  /^(?:table=\w+,? )?priority=\d+.* actions=\S/,
  /^_uuid +: [\da-f]{8}-[\da-f]{4}-/,
  /^(?:system|netdev)@\S+:$/,
  /^port +VLAN +MAC +Age$/,
  /^(?:ufid:\S+ ?, ?)?recirc_id\((?:0x)?[\da-f]+\),/,
  /^flow-dump from /,
  /^(?:tcp|udp|icmp|icmpv6|sctp),orig=\(src=/,
  /^Flow: \S*in_port=/,
  // OVN: utilities/ovn-nbctl.c, ovn-sbctl.c, ovn-trace.c
  /^(?:switch|router) [\da-f]{8}-[\da-f]{4}-\S+ \(.*\)(?: \(aka .*\))?$/,
  /^IPv[46] Routes$/,
  /^Routing Policies$/,
  /^UUID +LB +PROTO +VIP +IPs$/,
  /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12} +\S+ +(?:tcp|udp|sctp) +\S+:\d+(?: |$)/,
  /^TYPE +(?:GATEWAY_PORT +)?(?:MATCH +)?EXTERNAL_IP\b/,
  /^(?:from|to)-lport +\d+ \(.*\) (?:allow|drop|reject|pass)/,
  /^Datapath: .*Pipeline: (?:ingress|egress)$/,
  /^# [\w,]+,reg14=0x[\da-f]+,/,
  /^(?:in|e)gress\(dp="[^"]*", (?:in|out)port="/,
  /^table=\d+ *\([\w ]+\), priority=\d+ *, match=\(.*\), action=\(/,
  /^\d{1,5} +(?:ip[46]?|inport|tcp|udp|pkt)\b.* {2,}(?:allow|drop|reroute|jump)(?: |$)/,
  // gobgp of kube-router (osrg/gobgp cmd/gobgp/neighbor.go, global.go)
  /^Peer +AS +Up\/Down +State +\|#Received +Accepted$/,
  /^Network +Next Hop +(?:Label +)?AS_PATH +Age +Attrs$/,
  // FRR's and Quagga's vtysh (bgpd/bgp_vty.c, bgp_route.c, zebra/zebra_vty.c, zebra_evpn.c, ospfd/ospf_vty.c, bfdd/bfdd_vty.c): what the
  // daemons know; of their routes only the kernel's own table tells which it took
  /^Codes: K - kernel(?: route)?, C - connected\b/,
  /^(?:IPv[46] \w+|L2VPN EVPN) Summary(?: \(VRF \S+\))?:?$/,
  /^BGP router identifier \S+, local AS number \d+\b/,
  /^BGP table version is \d+, local router ID is \S+/,
  /^Neighbor +V +AS +MsgRcvd +MsgSent\b/,
  /^BGP neighbor is \S+, remote AS \d+, (?:local AS \d+, )?(?:internal|external) link$/,
  /^BGP routing table entry for \S+/,
  /^% (?:No BGP neighbors found|BGP instance not found|Network not in table)/,
  /^Neighbor ID +Pri +State +(?:Up Time +)?Dead Time +Address\b/,
  /^VNI +Type +(?:VxLAN IF|L3VNI)\b/,
  /^BFD Peers:$/,
  /^Routing entry for [\da-f.:]+\/\d+$/,
  // antctl
  /^NAMESPACE +NAME +INTERFACE-NAME\b/,
  /^POD +NODE +STATUS +NODE-SUBNET\b/,
  /^NAME +APPLIED-TO +RULES\b/,
  /^antctlVersion: /,
  // bpftool
  /^\d+: (?:sched_cls|sched_act|xdp|cgroup_\w+|kprobe|tracing|tracepoint|lsm|sk_\w+|sock_ops|socket_filter) (?: ?name \S+ +)?(?: ?tag [\da-f]{16})/,
  /^\d+: (?:hash|array|lpm_trie|lru_hash|percpu_\w+|prog_array|perf_event_array|hash_of_maps|array_of_maps|sockmap|sockhash|ringbuf|lru_percpu_hash) +(?:name \S+ +)?flags 0x/,
];

/** Two lines that only together are unmistakable. */
const PAIRS: readonly (readonly [RegExp, RegExp])[] = [
  [/^Current configuration:$/, /^(?:!|frr version \S+|frr defaults \w+)$/],
  [/^Interface \S+ is (?:up|down), line protocol is (?:up|down)$/, /^ +(?:Link ups:|vrf:|index \d+ metric)/],
  [/^BGP neighbor is \S+, remote AS \d+$/, /^ +BGP version 4, remote router ID \S+$/],
  [/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/, /^ +(?:Bridge|Manager|ovs_version)\b/],
  [/^ *Bridge "?[\w.-]+"?$/, /^ +(?:fail_mode:|datapath_type:|Controller|Port|is_connected)/],
  [/^ *Chassis (?:"[^"]*"|\S+)$/, /^ +(?:hostname: |Encap \w)/],
  [/^xdp:$/, /^$|^tc:$|\bprog_id \d+|\bid \d+/],
  [/^FLOW$/, /^cookie=0x/],
  [/^ *Port "?[\w.-]+"?$/, /^ +(?:tag: \d+|trunks: \[|Interface "?[\w.-]+"?$)/],
];

/** Does the text begin as one of these outputs? */
export function dataplaneHead(head: readonly string[]): boolean {
  const lines = head
    .slice(0, 20)
    .map((line) => line.slice(0, 400).trimEnd())
    .filter((line) => line !== '')
    .slice(0, 4);
  return (
    lines.some((line) => HEADS.some((h) => h.test(line.trimStart()))) ||
    lines.some((line, i) => PAIRS.some(([a, b]) => a.test(line) && b.test(lines[i + 1] ?? '\0')))
  );
}

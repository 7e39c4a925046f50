import { clip, type Message, type Reading, type Signature } from './signature.js';

/** Class of a failure, what to look for, and the pattern that the message begins with. */
const FAILURES: readonly (readonly [cls: string, needle: string, pattern: RegExp])[] = [
  [
    'pod-cidr-unassigned',
    'pod cidr not assigned',
    /^(?:Error registering network|Failed to acquire lease|Error turning node).*pod cidr not assigned|^node ".*" pod cidr not assigned/,
  ],
  [
    'pod-cidr-outside-network',
    "flannel net config doesn't contain",
    /^(?:Error registering network|Failed to acquire lease).*flannel net config doesn't contain/,
  ],
  ['vtep-mac', "'s mac address wan", /^Error registering network: .*'s mac address wan\w* be/],
  ['public-ip-differs', 'publicip differs from interface', /PublicIP differs from interface IP/],
  ['pod-spec', 'error retrieving pod spec', /^Failed to create SubnetManager: error retrieving pod spec/],
  ['network-config', 'fetch network config', /^Couldn't fetch network config/],
  ['network-config', 'find network config', /^Couldn't find network config/],
  ['network-config', 'failed to retrieve network config', /^(?:network\.go.*)?[Ff]ailed to retrieve network config/],
  ['network-config', 'failed to read net conf', /^(?:Failed to create SubnetManager: )?failed to read net conf/],
  [
    'network-config',
    'error parsing subnet config',
    /^(?:Failed to create SubnetManager: )?error parsing subnet config/,
  ],
  ['subnet-manager', 'failed to create subnetmanager', /^Failed to create SubnetManager/],
  ['no-interface', 'valid interface to use', /^Failed to find any valid interface to use/],
  ['no-interface', 'find interface to use that matches', /^Failed to find interface to use that matches/],
  ['no-interface', 'not find valid interface matching', /^Could not find valid interface matching/],
  ['no-interface', 'failed to get default interface', /^[Ff]ailed to get default interface/],
  [
    'vxlan-unsupported',
    'operation not supported',
    /^Error registering network: (?:failed to create .*: )?operation not supported/,
  ],
  ['out-of-subnets', 'out of subnets', /^(?:Error registering network|Failed to acquire lease): .*out of subnets/],
  ['incompatible-address', 'incompatible addresses', /^Error registering network: .*has incompatible addresses/],
  ['no-interface', 'find ipv4 address for', /[Ff]ailed to find IPv[46] address for interface/],
  ['no-interface', 'looking up interface', /^Error looking up interface/],
  ['register-network', 'error registering network', /^Error registering network/],
  ['acquire-lease', 'failed to acquire lease', /^[Ff]ailed to acquire lease/],
  ['acquire-lease', 'failed to acquire subnet', /^Failed to acquire subnet/],
  ['br-netfilter', 'failed to check br_netfilter', /^Failed to check br_netfilter/],
  ['masquerade', 'failed to recycle iptables', /^Failed to recycle IP6?Tables rules/],
  ['masquerade', 'failed to setup iptables', /^Failed to setup IP6?Tables/i],
  ['masquerade', 'failed to ensure iptables', /^Failed to ensure iptables rules/],
  ['masquerade', 'failed to bootstrap iptables', /^Failed to bootstrap IPTables/i],
  ['masquerade', 'set up ip masquerade', /^[Ff]ailed to set up IP Masquerade/],
  ['masquerade', 'failed to setup masq', /^[Ff]ailed to setup masq/],
  ['backend', 'error fetching backend', /^Error fetching backend/],
  ['backend-mismatch', 'ignoring non-', /^[Ii]gnoring non-\S+ (?:v4)?[Ss]ubnet/],
  ['add-route', 'failed to add vxlanroute', /^failed to add (?:v6 )?vxlanRoute/],
  ['add-route', 'failed to add v6 vxlanroute', /^failed to add v6 vxlanRoute/],
  ['add-route', 'error adding', /^Error adding (?:v6 |IPv6 )?route to/],
  ['add-route', 'error recovering route', /^Error recovering route to/],
  ['add-route', 'to add ipv', /^failed to add ipv[46] route to/],
  ['delete-route', 'error deleting ', /^Error deleting (?:v6 |IPv6 )?route to/],
  ['delete-route', 'failed to delete v', /^failed to delete (?:v6 )?vxlanRoute/],
  ['add-peer', 'failed to setup ', /^failed to setup (?:ipv[46] )?peer/],
  ['add-neighbour', 'arp failed: ', /^Add(?:V6)?ARP failed: /],
  ['add-neighbour', 'addl3 failed', /^AddL3 failed/],
  ['add-fdb', 'fdb failed: ', /^Add(?:V6)?FDB failed: /],
  ['add-fdb', 'add l2 failed', /^Add L2 failed/],
  ['no-route-to-peer', 'l3 miss but route for', /^L3 miss but route for/],
  ['lease-renew', 'error renewing lease', /^Error renewing lease/],
  ['lease-renew', 'failed to renew', /^Failed to renew (?:subnet )?lease/i],
  ['lease-watch', 'watch of subnet leases failed', /^Watch of subnet leases failed/],
  ['lease-watch', 'subnet watch failed', /^(?:Lease|Subnet) watch failed/i],
  ['subnet-file', 'failed to write subnet file', /^Failed to write subnet file/],
  ['exited', 'flannel exited', /^[Ff]lannel exited: /],
  ['etcd-unavailable', 'etcd cluster is unavailable', /etcd cluster is unavailable or misconfigured/],
];

/** What flannel logs when it cannot do its work (rule flannel/log-fatal and others read the class). */
export const flannelFailures: readonly Signature[] = FAILURES.map(([cls, needle, pattern]) => ({
  needle,
  read(m: Message): Reading {
    if (!pattern.test(m.body)) return undefined;
    return [{ kind: 'flannel-log', ...m.stamp, event: { kind: 'failure', class: cls, message: clip(m.body) } }];
  },
}));

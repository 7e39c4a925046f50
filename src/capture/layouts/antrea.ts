import type { Layout } from './layout.js';
import { commandsBy, rootBefore } from './machine.js';

/**
 * Antrea's support bundle (antrea-io/antrea pkg/support/dump_others.go: dumpIPTables, dumpIPSet, dumpNFTables, dumpIPToolInfo): one archive per
 * agent. Its `iptables` is IPv4 and then IPv6; `route` is of the main table, and since 2.5 of all, so its command line claims no more than is shown.
 */
const command = commandsBy({
  iptables: 'iptables-save -c',
  ipset: 'ipset save',
  nftables: 'nft list ruleset',
  rule: 'ip rule show',
  route: 'ip route show',
  link: 'ip link',
  address: 'ip address',
  'route-table-all': 'ip route show table all',
  flows: 'ovs-ofctl dump-flows br-int',
  ovsports: 'ovs-ofctl dump-ports-desc br-int',
  agentinfo: 'antctl get agentinfo -o yaml',
  networkpolicies: 'antctl get networkpolicy -o yaml',
  addressgroups: 'antctl get addressgroup -o yaml',
  appliedtogroups: 'antctl get appliedtogroup -o yaml',
});

const AGENT = /^agent_([^/]+?)(?:\.tar(?:\.gz)?!?|\.tgz!?)?\/(.*)$/;

export const antrea: Layout = {
  name: 'antrea',
  title: 'Antrea support bundle',
  root: rootBefore('agent_[^/]+/(?:agentinfo|ovsports|addressgroups|iptables|flows)$'),
  locate(path) {
    const node = AGENT.exec(path)?.[1];
    if (node !== undefined) return { kind: 'node', node, by: `archive agent_${node}` };
    return path.startsWith('controller') ? { kind: 'cluster', by: 'archive of the controller' } : undefined;
  },
  command: (path) => command(AGENT.exec(path)?.[2] ?? ''),
};

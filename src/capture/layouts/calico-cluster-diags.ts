import type { Layout } from './layout.js';
import { commandsBy, rootBefore } from './machine.js';

/**
 * `calicoctl cluster diags` (projectcalico/calico calicoctl/calicoctl/commands/cluster/diags.go: collectCalicoNodeDiags, collectKubernetesResource):
 * `nodes/<node>/`, `cluster/`, and links into `nodes/` below `links/`. Run with `kubectl exec -t`, so lines end in CR LF; a file is written although its
 * command failed, and only some nodes are covered.
 */
const command = commandsBy({
  'iptables-legacy-save.txt': 'iptables-legacy-save -c',
  'iptables-nft-save.txt': 'iptables-nft-save -c',
  'nft-ruleset.txt': 'nft -n -a list ruleset',
  'ip-route.txt': 'ip route show table all',
  'ip-route-v6.txt': 'ip -6 route show table all',
  'ip-rule.txt': 'ip rule',
  'ip-addr.txt': 'ip addr',
  'ip-link.txt': 'ip link',
  'ip-neigh.txt': 'ip neigh',
  'ipset-list.txt': 'ipset list',
  'conntrack-list.txt': 'conntrack -L',
  'tc-qdisc.txt': 'tc qdisc show',
});

const NODE = /^nodes\/([^/]+)\//;
/** Objects are there twice, as YAML and as a table. */
const OBJECTS = /^cluster\/(?:kubernetes|crd|third-party)\/([a-z0-9.-]+)\.(yaml|txt)$/;

function objectsIn(path: string): string | undefined {
  const [, resource, form] = OBJECTS.exec(path) ?? [];
  if (resource === undefined) return undefined;
  const all = resource === 'nodes' || resource === 'namespaces' ? '' : ' --all-namespaces';
  return `kubectl get ${resource}${all} -o ${form === 'yaml' ? 'yaml' : 'wide'}`;
}
/** Where nothing but a node's folder was passed on. */
const OWN = /^nodes\/[^/]+\/(?:iptables-legacy-save|iptables-nft-save|nft-ruleset|ip-route-v6)\.txt$/;

export const calicoClusterDiags: Layout = {
  name: 'calico-cluster-diags',
  title: 'calicoctl cluster diags',
  root: rootBefore('nodes/[^/]+/(?:iptables-(?:legacy|nft)-save|ip-route|ip-neigh|nft-ruleset)\\.txt$'),
  confirm: (paths) =>
    [...paths].some((p) => p.startsWith('cluster/') || p.startsWith('links/')) ||
    [...paths].filter((p) => OWN.test(p)).length >= 2,
  locate(path) {
    const node = NODE.exec(path)?.[1];
    if (node !== undefined) return { kind: 'node', node, by: `folder nodes/${node}` };
    return path.startsWith('cluster/') ? { kind: 'cluster', by: 'folder cluster' } : undefined;
  },
  command: (path) => (NODE.test(path) ? command(path.replace(NODE, '')) : objectsIn(path)),
};

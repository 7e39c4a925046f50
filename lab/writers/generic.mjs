import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeStatus } from './calicoctl.mjs';
import { endpointsTable, nodesWide, nodesYaml, podsWide, servicesTable } from './kubectl.mjs';

/** File name of each capture in a node's folder: what a person would call it. */
const FILES = {
  'ip-addr': 'ip-addr.txt',
  'ip-link': 'ip-link.txt',
  'ip-route': 'ip-route.txt',
  'ip-rule': 'ip-rule.txt',
  'ip-neigh': 'ip-neigh.txt',
  'bridge-fdb': 'bridge-fdb.txt',
  'ip-netconf': 'ip-netconf.txt',
  sysctl: 'sysctl.txt',
  'iptables-save': 'iptables-save.txt',
  'subnet.env': 'subnet.env',
  'flanneld.log': 'flanneld.log',
  'birdcl-show-protocols': 'birdcl-show-protocols.txt',
  'birdcl-show-route': 'birdcl-show-route.txt',
  'ipset-list': 'ipset-list.txt',
  uname: 'uname.txt',
  hostname: 'hostname.txt',
};
const NODES_YAML = 'cluster/kubectl-get-nodes.yaml';
const fileOf = (name) => FILES[name] ?? (/^(ping|tcpdump)-/.test(name) ? `${name}.txt` : undefined);
/** Where a capture of a node stands in the bundle. */
export const genericPath = (node, capture) => (capture === 'nodes-yaml' ? NODES_YAML : `${node}/${fileOf(capture)}`);

/**
 * One folder per node and one for the cluster.
 * @param {import('../cluster.mjs').Cluster} cluster
 * @param {readonly import('../capture.mjs').Captured[]} captured
 * @param {string} folder
 * @returns {Map<string, string>} what was written, by path in the bundle
 */
export function writeGeneric(cluster, captured, folder) {
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const { node, name, text } of captured) {
    const file = fileOf(name);
    if (file) files.set(`${node}/${file}`, text);
    if (name === 'birdcl-show-protocols') files.set(`${node}/calicoctl-node-status.txt`, nodeStatus(text));
  }
  files.set('cluster/kubectl-get-nodes-o-wide.txt', nodesWide(cluster));
  files.set(NODES_YAML, nodesYaml(cluster));
  files.set('cluster/kubectl-get-pods-A-o-wide.txt', podsWide(cluster));
  files.set('cluster/kubectl-get-svc-A.txt', servicesTable(cluster));
  files.set('cluster/kubectl-get-endpoints-A.txt', endpointsTable(cluster));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return files;
}

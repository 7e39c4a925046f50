import { gravityCommand } from './gravity.js';
import type { Layout } from './layout.js';
import { machine, rootBefore } from './machine.js';

/** `gravity system report` (lib/report): one node's files at the top of an archive, no extension, no header, and no name of the node. */
const OWN = [
  'ip-netconf',
  'ip-neighbor',
  'ip-ntable',
  'ip-tcp_metrics',
  'bridge-fdb',
  'iptables',
  'planet-status',
  'planet-system-status',
];

const rootOf = rootBefore('(?:ip-netconf|ip-neighbor|ip-ntable|ip-tcp_metrics|planet-status|planet-system-status)$');

export const gravitySystem: Layout = {
  name: 'gravity-system',
  title: 'gravity system report',
  // A node's archive inside a report of the cluster is that layout's, which knows the node's name.
  root: (inner) => (/-debug-logs(?:\.tar(?:\.gz)?!?|\.tgz!?)?\/[^/]*$/.test(inner) ? undefined : rootOf(inner)),
  confirm: (paths) => OWN.filter((name) => paths.has(name)).length >= 3,
  locate: (_path, root) => machine(root, 'gravity system report'),
  command: gravityCommand,
};

import type { Layout } from './layout.js';

/**
 * `gravity report`: one archive per node and purpose in a flat cluster archive; the node is the greedy prefix of the inner archive's
 * name, because host names contain dashes (gravitational/gravity lib/report). 5.2 calls gzip'd members `.tar`; unpacked reports
 * have folders of the same names.
 */
const MEMBER = /(?:^|\/)([^/!]+)-(debug-logs|k8s-logs|etcd|status|resources)(?:\.tar(?:\.gz)?!?|\.tgz!)?(?=\/)/g;

export const gravity: Layout = {
  name: 'gravity',
  title: 'Gravity report',
  detect: (paths) => paths.some((p) => /[^/!]-debug-logs(\.tar(\.gz)?!?|\.tgz!)?\//.test(p)),
  locate(inner) {
    // A folder around the report, or one in a node's archive, may end in `-status` too.
    const matches = [...inner.matchAll(MEMBER)];
    const match = matches.find((m) => m[2] === 'debug-logs') ?? matches.at(-1);
    if (!match?.[1]) return undefined;
    const log = /\/k8s-logs-([^/]+)$/.exec(inner);
    if (log?.[1]) return { kind: 'pod-log', pod: log[1], by: `file k8s-logs-${log[1]}` };
    return match[2] === 'debug-logs'
      ? { kind: 'node', node: match[1], by: `archive ${match[1]}-debug-logs` }
      : { kind: 'cluster', by: `archive ${match[1]}-${match[2]}` };
  },
};

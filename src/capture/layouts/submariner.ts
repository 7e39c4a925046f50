import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/**
 * `subctl gather` (submariner-io/subctl internal/gather/cni.go, logs.go): `<node>_<name>.log` side by side, the command itself as first line, and
 * `<pod>.log` without one.
 */
const NAMES =
  'ip-a|ip-l|ip-routes|ip-routes-table\\d+|ip-rules|ip-rules-table\\d+|sysctl-a|ipset-list|iptables|iptables-nat|iptables-mangle|iptables-save|ip-xfrm-policy|ip-xfrm-state|ipsec-\\w+|libreswan-version|ovn_\\w+|systemctl-list-units|list-units';
const FILE = new RegExp(`^([^/]+?)_(?:${NAMES})\\.log$`);

export const submariner: Layout = {
  name: 'submariner',
  title: 'subctl gather',
  root: rootBefore('[^/]+_(?:ip-routes|ip-rules|ip-a|ip-l|iptables-save)\\.log$'),
  locate(path) {
    const node = FILE.exec(path)?.[1];
    if (node !== undefined) return { kind: 'node', node, by: `file ${path}` };
    const pod = /^([a-z0-9.-]+)\.log(?:\.prev)?$/.exec(path)?.[1];
    if (pod !== undefined) return { kind: 'pod-log', pod, by: `file ${path}` };
    return path.endsWith('.yaml') ? { kind: 'cluster', by: `file ${path}` } : undefined;
  },
};

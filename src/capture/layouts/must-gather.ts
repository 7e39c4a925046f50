import type { Layout } from './layout.js';
import { commandsBy, rootBefore } from './machine.js';

/**
 * OpenShift must-gather (openshift/must-gather collection-scripts): objects in files, and journals of all masters in one file each, whose lines
 * name their host (gather_service_logs_util). Only scripts that are asked for look at a node's network: gather_host_network_logs,
 * gather_bm_network_logs, gather_sos_networking (up to 4.13, files called by address and command), gather_sriov, gather_ppc.
 */
const HOST_FILE = /^host_network_logs\/(ip-address|ip-route4|ip-route6)-(.+)\.log$/;
const HOST_COMMANDS: Readonly<Record<string, string>> = {
  'ip-address': 'ip address',
  'ip-route4': 'ip -4 route',
  'ip-route6': 'ip -6 route',
};
const BARE_METAL = /^bm_network_logs\/([^/]+)\/([^/]+)$/;
const bareMetal = commandsBy({
  'ip-addr.txt': 'ip addr',
  'ip-route.txt': 'ip route',
  'hostname.txt': 'hostname',
  'resolv.conf': 'cat /etc/resolv.conf',
});
/** `10.0.0.5-ip route show table all.log`; an unpacking tool may have made the blanks underscores. */
const SOS = /^sos_info\/networking\/([0-9a-fA-F.:]+)-(ip[ _].+)\.log$/;
/** What was run in a pod; its own description is an object. */
const SRIOV = /^namespaces\/[^/]+\/pods\/([^/]+)\/([^/]+)(?<!\.(?:yaml|json))$/;
const XFRM = /^network_logs\/ipsec\/xfrm\/([^/]+)_(state|policy)(?:\.log)?$/;
const MULTUS = /^network_logs\/multus_logs\/multus-log-(.+)\.log$/;
const JOURNALS = /^(?:host_service_logs|host_network_logs\/(?:masters|workers))\//;

function commandOf(path: string): string | undefined {
  if (JOURNALS.test(path) || /_service\.log(?:\.gz)?$/.test(path)) return 'journalctl --no-pager';
  const host = HOST_FILE.exec(path)?.[1];
  if (host !== undefined) return HOST_COMMANDS[host];
  const file = BARE_METAL.exec(path)?.[2];
  if (file !== undefined) return bareMetal(file);
  const sos = SOS.exec(path)?.[2];
  if (sos !== undefined) return sos.replaceAll('_', ' ');
  const sriov = SRIOV.exec(path)?.[2];
  if (sriov === 'ip_link') return 'ip link';
  if (sriov === 'kernel-cmdline') return 'cat /proc/cmdline';
  const xfrm = XFRM.exec(path)?.[2];
  if (xfrm !== undefined) return `ip xfrm ${xfrm}`;
  return sriov === 'dmesg' ? 'journalctl -k' : undefined;
}

const LOG = /^namespaces\/([^/]+)\/pods\/([^/]+)\/[^/]+\/[^/]+\/logs\//;

export const mustGather: Layout = {
  name: 'must-gather',
  title: 'OpenShift must-gather',
  root: rootBefore(
    '(?:host_service_logs/|host_network_logs/|bm_network_logs/|sos_info/networking/|cluster-scoped-resources/|namespaces/[^/]+/(?:core|pods)/)',
  ),
  confirm: (paths) =>
    [...paths].some((p) =>
      /^(?:host_service_logs|cluster-scoped-resources|host_network_logs|bm_network_logs|sos_info)\//.test(p),
    ),
  locate(path) {
    if (JOURNALS.test(path)) return { kind: 'by-host', by: 'journals of several nodes' };
    const node =
      /^nodes\/([^/]+)\//.exec(path)?.[1] ??
      HOST_FILE.exec(path)?.[2] ??
      BARE_METAL.exec(path)?.[1] ??
      SOS.exec(path)?.[1] ??
      MULTUS.exec(path)?.[1];
    if (node !== undefined) return { kind: 'node', node, by: `file of ${node}` };
    const daemon = SRIOV.exec(path)?.[1] ?? XFRM.exec(path)?.[1];
    if (daemon !== undefined) return { kind: 'pod-log', pod: daemon, by: `folder ${daemon}` };
    const log = LOG.exec(path);
    if (log) return { kind: 'pod-log', pod: `${log[1]}/${log[2]}`, by: `folder ${log[2]}` };
    return /^(?:cluster-scoped-resources|namespaces|network_logs|pod_network_connectivity_check)\//.test(path)
      ? { kind: 'cluster', by: `folder ${path.slice(0, path.indexOf('/'))}` }
      : undefined;
  },
  command: commandOf,
};

import { perCluster } from './per-cluster.js';
import { perMachine } from './per-machine.js';
import type { LayoutWriter } from './writer.js';

const NAMES: Readonly<Record<string, string>> = {
  'ip route': 'ip-route-table',
  'ip -s link': 'ip-interface-stats',
  'ip -s -d neigh show': 'ip-neighbor-show',
  'ip -s -s address': 'ip-address-stats',
  'iptables-save': 'iptables-save',
  'sysctl -a': 'sysctl',
  hostname: 'hostnames',
};

/** replicatedhq/troubleshoot pkg/collect/host_run.go: what was run stands in `-info.json`. */
const info = (command: string): string =>
  `${JSON.stringify({ command, exitCode: '0', error: '', outputDir: '', input: '', env: null }, null, 2)}\n`;

const remote: LayoutWriter = {
  layout: 'troubleshoot',
  title: 'remote host collectors, with -info.json and names of its own',
  write(store) {
    const commands = ['ip -d addr show', 'ip route show table all', 'ip neigh', 'bridge fdb show', 'sysctl -a'];
    const files: Record<string, string> = { 'bundle/version.yaml': 'kind: SupportBundle\n' };
    for (const node of store.nodes)
      for (const [i, command] of commands.entries()) {
        const text = store.answer(node, command);
        if (text === undefined) continue;
        files[`bundle/host-collectors/run-host/${node}/capture-${i}.txt`] = text;
        files[`bundle/host-collectors/run-host/${node}/capture-${i}-info.json`] = info(command);
      }
    files['bundle/cluster-resources/pods/kube-system.json'] = '{"kind": "PodList", "apiVersion": "v1", "items": []}\n';
    return { files, commands };
  },
};

/** The host's name out of three places. */
const hostnames = (name: string): string =>
  ['hostname', '/proc/sys/kernel/hostname', 'uname -n'].map((what) => `${what} = ${name.trim()}\n`).join('');

export const troubleshoot = [
  perMachine({
    layout: 'troubleshoot',
    title: 'host bundle of one machine each (kURL, Embedded Cluster)',
    files: Object.fromEntries(Object.entries(NAMES).map(([c, n]) => [c, `host-collectors/run-host/${n}.txt`])),
    text: (command, text) => (command === 'hostname' ? hostnames(text) : text),
    archive: (_node, i) => `support-bundle-2026-03-12T09_14_0${i}.tar.gz`,
    top: (_node, i) => `support-bundle-2026-03-12T09_14_0${i}/`,
    extra: (node) => ({
      'version.yaml': 'apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\n',
      'host-collectors/system/hostos_info.json': JSON.stringify(
        { name: node, kernelVersion: '6.1.0-18-amd64', platformVersion: '12.5', platform: 'debian' },
        null,
        1,
      ),
      'host-collectors/system/memory.json': '{"total":16768380928}',
    }),
    more: {
      differs: { 'kernel-release': 'hostos_info.json has it beside', 'os-release': 'hostos_info.json has it beside' },
    },
  }),
  remote,
  perCluster({
    layout: 'troubleshoot',
    title: 'cluster bundle: sysctl collector and daemon set',
    files: { 'sysctl -a': 'sysctl', 'ip route show table all': 'routes' },
    path: (node, file) => (file === 'sysctl' ? `b/sysctl/${node}` : `b/routes/${node}.log`),
    // `/proc/sys/net/ipv4/ip_forward = 1`: the key is a path, and a dot in a device name stays one.
    text: (command, text) =>
      command === 'sysctl -a'
        ? text.replace(
            /^([\w./-]+) = /gm,
            (_, key: string) => `/proc/sys/${key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'))} = `,
          )
        : text,
    extra: () => ({
      'b/version.yaml': 'kind: SupportBundle\n',
      'b/cluster-resources/pods/kube-system.json': '{"kind": "PodList", "apiVersion": "v1", "items": []}\n',
    }),
  }),
];

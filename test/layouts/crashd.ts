import { perCluster } from './per-cluster.js';

/** vmware-tanzu/crash-diagnostics starlark/capture.go: hosts are addresses, whatever is no letter or digit is an underscore. */
const plain = (text: string): string => text.replace(/[^a-zA-Z0-9]/g, '_');
const addressOf = (node: string): string => `192.168.50.${10 + Number(node.split('-').at(-1))}`;
const COMMANDS = [
  'ip addr',
  'ip -d link show',
  'ip route show table all',
  'ip neigh show',
  'iptables-save',
  'sysctl -a',
];

export const crashd = perCluster({
  layout: 'crashd',
  title: 'crashd',
  files: Object.fromEntries(COMMANDS.map((c) => [c, `sudo_${plain(c)}.txt`])),
  path: (node, file) => `workdir/${plain(addressOf(node))}/${file}`,
  archive: 'diagnostics.tar.gz',
  more: { nameOf: addressOf },
});

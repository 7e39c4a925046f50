import { perCluster } from './per-cluster.js';
import { answersOf, type LayoutWriter } from './writer.js';

/** kubeovn/kube-ovn dist/images/kubectl-ko, log_linux: IPv4 and then IPv6 in one file, iptables as `-S` below rows of stars. */
const script = perCluster({
  layout: 'kube-ovn',
  title: 'kubectl ko log all',
  files: {
    'ip route': 'route.log',
    'ip neigh': 'neigh.log',
    'ip -d -s l': 'link.log',
    'ip addr': 'addr.log',
    'sysctl -a': 'sysctl.log',
    'ipset list': 'ipset.log',
    'iptables -t filter -S': 'iptables-nft.log',
  },
  path: (node, file) => `kubectl-ko-log/${node}/linux/${file}`,
  text: (command, text) =>
    command.startsWith('iptables')
      ? `iptables v1.8.9 (nf_tables)\n******************nft ${/ -t (\w+)/.exec(command)?.[1]} v4 ************************\n${text}`
      : text,
  // Its section names the backend, which `iptables -S` alone does not.
  more: { differs: { 'iptables-table': 'the backend is told' } },
});

/** Its successor (pkg ko): Go's `%q` of the words above each output. */
const successor: LayoutWriter = {
  layout: 'kube-ovn',
  title: 'kubectl ko logs, with the command above each output',
  write(store) {
    const FILES: Readonly<Record<string, readonly string[]>> = {
      'route.log': ['ip -4 route', 'ip -6 route'],
      'neigh.log': ['ip -4 n', 'ip -6 n'],
      'link.log': ['ip -d -s l'],
      'addr.log': ['ip addr'],
      'sysctl.log': ['sysctl -a'],
    };
    const files: Record<string, string> = { 'kubectl-ko-log/manifest.json': '{}\n' };
    for (const node of store.nodes)
      for (const [file, commands] of Object.entries(FILES))
        files[`kubectl-ko-log/${node}/linux/${file}`] = [...answersOf(store, node, commands)]
          .map(
            ([c, text]) =>
              `Command: [${c
                .split(' ')
                .map((word) => `"${word}"`)
                .join(' ')}]\n${text}`,
          )
          .join('');
    return { files, commands: Object.values(FILES).flat() };
  },
};

export const kubeOvn = [script, successor];

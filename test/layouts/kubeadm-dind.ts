import { lzmaAlone } from '../bundle/lzma-writer.js';
import type { Store } from './store.js';
import { answersOf, type LayoutWriter, type Written } from './writer.js';

/** dind::dump: commands of each node by the name of their file. */
const FILES: Readonly<Record<string, string>> = { 'ip a': 'ip-a', 'ip route': 'ip-r' };

/** `systemctl status` and then `journalctl -xe -n all -u`, in one file. */
const service = (node: string): string =>
  [
    '● kubelet.service - kubelet: The Kubernetes Node Agent',
    '   Loaded: loaded (/lib/systemd/system/kubelet.service; enabled; vendor preset: enabled)',
    '   Active: active (running) since Thu 2026-03-12 08:12:58 UTC; 1h 1min ago',
    ' Main PID: 331 (kubelet)',
    '',
    `Mar 12 09:14:01 ${node} kubelet[331]: I0312 09:14:01.000000     331 server.go:1] ready`,
    '-- Logs begin at Thu 2026-03-12 08:12:50 UTC, end at Thu 2026-03-12 09:14:02 UTC. --',
    `Mar 12 09:14:01 ${node} kubelet[331]: I0312 09:14:01.000000     331 server.go:1] ready`,
    '',
  ].join('\n');

function filesOf(store: Store): readonly (readonly [string, string])[] {
  return [
    ...store.nodes.flatMap((node) => [
      [`service-${node}-kubelet.service.log`, service(node)] as const,
      [`psaux-${node}.txt`, 'USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND\n'] as const,
      ...[...answersOf(store, node, Object.keys(FILES))].map(
        ([command, text]) => [`${FILES[command]}-${node}.txt`, text] as const,
      ),
    ]),
    ['nodes.txt', store.object('kubectl get nodes -o wide')] as const,
  ];
}

export const dump = (store: Store): string =>
  `*** Dumping cluster state ***\n${filesOf(store)
    .map(([name, text]) => `@@@ ${name} @@@\n${text}`)
    .join('')}`;

/** `lzma | base64 -w 100` between marks, in the log of a build. */
export const dump64 = (store: Store): string => {
  const packed = Buffer.from(lzmaAlone(Buffer.from(dump(store)))).toString('base64');
  return ['make test', '%%% start-base64 %%%', ...(packed.match(/.{1,100}/g) ?? []), '%%% end-base64 %%%', ''].join(
    '\n',
  );
};

const written = (files: Written['files']): Written => ({
  files,
  commands: Object.keys(FILES),
  objects: ['kubectl get nodes -o wide'],
  differs: { unit: "the kubelet's state stands before its journal" },
});

/** kubernetes-retired/kubeadm-dind-cluster dind-cluster.sh (dind::dump, dind::dump64, dind::split-dump) */
export const kubeadmDind: readonly LayoutWriter[] = [
  {
    layout: 'kubeadm-dind',
    title: 'split-dump',
    write: (store) => written(Object.fromEntries(filesOf(store).map(([name, text]) => [`cluster-dump/${name}`, text]))),
  },
];

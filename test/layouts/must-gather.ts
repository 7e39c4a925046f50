import type { LayoutWriter } from './writer.js';

/**
 * openshift/must-gather: objects, and journals of all masters in one file. Of a node's network state it has nothing, so what is compared is
 * what the objects and the journals say.
 */
export const mustGather: LayoutWriter = {
  layout: 'must-gather',
  title: 'journals of several masters in one file',
  write(store) {
    const top = 'must-gather.local.1/quay-io-digest';
    const stamp = (s: number) => `Mar 12 09:14:${String(s).padStart(2, '0')}.000000`;
    const journal = [
      ...store.nodes.map(() => '-- Logs begin at Thu 2026-03-12 00:00:00 UTC, end at Thu 2026-03-12 09:14:22 UTC. --'),
      ...store.nodes.flatMap((n, i) => [
        `${stamp(i)} ${n} kernel: IPv4: martian source 10.244.1.2 from 10.244.2.2, on dev eth0`,
        `${stamp(i + 1)} ${n} kubelet[1]: I0312 09:14:0${i}.000000       1 server.go:1] ready`,
      ]),
      '',
    ].join('\n');
    return {
      files: {
        [`${top}/host_service_logs/masters/kubelet_service.log`]: journal,
        [`${top}/cluster-scoped-resources/core/nodes/all.yaml`]: store.object('kubectl get nodes -o yaml'),
        [`${top}/version`]: 'openshift/must-gather\n4.15.0\n',
      },
      commands: [],
      objects: ['kubectl get nodes -o yaml'],
      logged: Object.fromEntries(store.nodes.map((n) => [n, ['kernel-log']])),
    };
  },
};

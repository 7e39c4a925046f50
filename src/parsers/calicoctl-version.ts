import type { ComponentConfigFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * Client Version:    v3.26.1
 * Git commit:        b1d192c95
 * Cluster Version:   v3.26.1
 * Cluster Type:      k8s,bgp,kubeadm,kdd
 */
const LINE =
  /^(Client Version|Build date|Git commit|Cluster Version|Cluster Type|Cluster Calico Version|Cluster Calico Enterprise Version|Version):\s+(.*)$/;
const NAMES: ReadonlyMap<string, string> = new Map([
  ['Cluster Version', 'calicoVersion'],
  ['Cluster Calico Version', 'calicoVersion'],
  ['Cluster Type', 'clusterType'],
]);

/** `calicoctl version`: what the cluster says of itself is what ClusterInformation holds. */
export const calicoctlVersion = defineParser<ComponentConfigFact>({
  command: 'calicoctl-version',
  emits: ['component-config'],
  scope: 'cluster',
  claims: {
    command: (argv) =>
      /^(?:calicoctl|kubectl-calico)$/.test(argv[0] ?? '') && argv.includes('version') ? {} : undefined,
    file: /(?:^|-)calicoctl-version$/,
    sniff: (head) => {
      const lines = head.filter((line) => line.trim() !== '');
      return lines.some((line) => /^Cluster Type:\s+\S/.test(line)) &&
        lines.some((line) => /^Client Version:\s/.test(line))
        ? 3
        : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const settings: [string, string][] = [];
    let first: number | undefined;
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000);
      const [, key = '', value = ''] = LINE.exec(line) ?? [];
      const name = NAMES.get(key);
      if (line.trim() === '') out.noise(i);
      else if (key === '') {
        if (!failures.take(i, line) && !/^Unable to retrieve Cluster/.test(line))
          out.gap(i, 'not a line of calicoctl version');
        else out.noise(i);
      } else if (name === undefined || /^unknown$/i.test(value.trim())) {
        some = true;
        out.noise(i);
      } else {
        some = true;
        first ??= i;
        out.part(i);
        settings.push([name, value.trim()]);
      }
    }
    if (first !== undefined)
      out.fact(first, {
        kind: 'component-config',
        resource: 'ClusterInformation',
        // Not `default`, which is the object itself and tells more.
        name: 'calicoctl version',
        settings: Object.fromEntries(settings),
      });
    failures.close(some);
  },
});

import type { ClusterEndpointFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { withoutUser } from './kubernetes/others.js';
import { isKubectlChatter, kubectlCommand, kubectlFailure, settleFailures } from './text/kubectl.js';

/*
 * Kubernetes control plane is running at https://10.0.0.5:6443
 * CoreDNS is running at https://10.0.0.5:6443/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy
 *
 * To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.
 */
const LINE = /^(\S.{0,100}?) is running at (https?:\/\/\S+)\s*$/;

/** Where the API server and the cluster's services are found. */
export const kubectlClusterInfo = defineParser<ClusterEndpointFact>({
  command: 'kubectl-cluster-info',
  emits: ['cluster-endpoint'],
  scope: 'cluster',
  claims: {
    command(argv) {
      const command = kubectlCommand(argv);
      return command?.verb === 'cluster-info' && command.resources.length === 0 ? {} : undefined;
    },
    file: /(?:^|-)cluster-info$/,
    sniff: (head) =>
      head.some((line) => line.length < 1000 && /^Kubernetes (?:control plane|master) is running at https?:/.test(line))
        ? 3
        : 0,
  },
  parse(text, out) {
    const failures: { line: number; text: string }[] = [];
    let saw = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 2000);
      const [, name, url] = LINE.exec(line) ?? [];
      if (name !== undefined && url !== undefined) {
        saw = true;
        out.fact(i, { kind: 'cluster-endpoint', name, url: withoutUser(url) });
      } else if (line.trim() === '' || isKubectlChatter(line) || /^To further debug/.test(line)) out.noise(i);
      else if (kubectlFailure(line)) failures.push({ line: i, text: line });
      else out.gap(i, 'not a line of kubectl cluster-info');
    }
    settleFailures(out, failures, saw);
  },
});

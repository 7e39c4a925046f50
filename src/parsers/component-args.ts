import type { ClusterCidrFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { readClusterCidrs } from './kubernetes/template-spec.js';
import { collectFailures } from './text/failure.js';
import { pathsRead } from './text/reader.js';

/*
 * --kubeconfig=${SNAP_DATA}/credentials/proxy.config
 * --cluster-cidr=10.1.0.0/16
 *
 * What MicroK8s starts its daemons with, a flag in each line (/var/snap/microk8s/current/args; `microk8s inspect` copies them). Only the networks of the
 * cluster are kept; anything else may be a secret.
 */
const PATH =
  /\/args\/(?:kube-(?:proxy|apiserver|controller-manager|scheduler)|kubelet|kubelite|flanneld|k8s-dqlite|etcd|containerd|cluster-agent|apiserver-proxy)$/;
const FLAG = /^--?[a-z][\w-]{1,60}(?:[= ]|$)/i;
/** Flags that daemons of Kubernetes have and no tool. */
const KNOWN =
  /^--(?:kubeconfig|cluster-cidr|cluster-dns|cluster-domain|service-cluster-ip-range|container-runtime-endpoint|authorization-mode|client-ca-file|etcd-servers|etcd-endpoints|storage-backend)[= ]/;

/** Flags of a daemon that stand in a file of their own. */
export const componentArgs = defineParser<ClusterCidrFact>({
  command: 'component-args',
  emits: ['cluster-cidr'],
  scope: 'cluster',
  claims: {
    command: (argv) => (pathsRead(argv).some((path) => PATH.test(path)) ? {} : undefined),
    sniff(head) {
      const lines = head.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
      return lines.length > 1 && lines.every((line) => FLAG.test(line)) && lines.some((line) => KNOWN.test(line))
        ? 2
        : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      if (line === '' || line.startsWith('#')) out.noise(i);
      else if (!FLAG.test(line)) {
        if (!failures.take(i, line)) out.gap(i, 'not a flag');
      } else {
        some = true;
        out.noise(i);
        const argument = { text: line.replace(/^(--?[\w-]+)\s+/, '$1='), line: i };
        readClusterCidrs({ emit: (at, fact) => out.fact(at, fact as never), gap: (at, why) => out.gap(at, why) }, [
          argument,
        ]);
      }
    }
    out.incomplete('filtered', 'it is one daemon alone');
    failures.close(some);
  },
});

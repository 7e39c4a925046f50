import type { ClusterCidrFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { readClusterCidrs } from './kubernetes/template-spec.js';
import { collectFailures } from './text/failure.js';
import { pathsRead } from './text/reader.js';

/*
 * --kubeconfig=${SNAP_DATA}/credentials/proxy.config
 * --cluster-cidr=10.1.0.0/16
 *
 * flannel-backend: wireguard-native
 * cluster-cidr: 10.42.0.0/16,2001:db8:42::/56
 *
 * What MicroK8s starts its daemons with, a flag in each line (/var/snap/microk8s/current/args; `microk8s inspect` copies them), and the flags of k3s and RKE2 as YAML
 * (/etc/rancher/k3s/config.yaml). Only the networks of the
 * cluster are kept; anything else may be a secret.
 */
const PATH =
  /\/args\/(?:kube-(?:proxy|apiserver|controller-manager|scheduler)|kubelet|kubelite|flanneld|k8s-dqlite|etcd|containerd|cluster-agent|apiserver-proxy)$/;
const FLAG = /^--?[a-z][\w-]{1,60}(?:[= ]|$)/i;
/** Flags that daemons of Kubernetes have and no tool. */
const KNOWN =
  /^--(?:kubeconfig|cluster-cidr|cluster-dns|cluster-domain|service-cluster-ip-range|container-runtime-endpoint|authorization-mode|client-ca-file|etcd-servers|etcd-endpoints|storage-backend)[= ]/;

/** k3s' and RKE2's: the names are those of flags (pkg/cli/cmds of k3s), a list has a value in each line. */
const SETTINGS = /\/rancher\/(?:k3s|rke2)\/config\.ya?ml(?:\.d\/[\w.-]+\.ya?ml)?$/;
const SETTING = /^(["']?)([a-z][a-z0-9-]{1,50}\+?)\1:(?:\s+(.*?))?\s*$/;
const ITEM = /^\s*- .*$/;
const OWN: ReadonlySet<string> = new Set(
  'flannel-backend flannel-iface flannel-ipv6-masq flannel-external-ip cluster-cidr service-cidr cluster-dns cluster-domain cluster-init disable-network-policy disable-kube-proxy disable-cloud-controller write-kubeconfig-mode node-ip node-external-ip advertise-address tls-san kubelet-arg kube-proxy-arg kube-apiserver-arg kube-controller-manager-arg disable cni egress-selector-mode'.split(
    ' ',
  ),
);

/** The value of a setting without its quotes and what stands behind it as a comment. */
const plainOf = (text: string): string =>
  text
    .replace(/^(["'])(.*?)\1(?:\s+#.*)?$/, '$2')
    .replace(/\s+#.*$/, '')
    .replace(/\s*,\s*/g, ',');

/** Flags of a daemon that stand in a file of their own. */
export const componentArgs = defineParser<ClusterCidrFact>({
  command: 'component-args',
  emits: ['cluster-cidr'],
  scope: 'cluster',
  claims: {
    command: (argv) => (pathsRead(argv).some((path) => PATH.test(path) || SETTINGS.test(path)) ? {} : undefined),
    path: SETTINGS,
    sniff(head) {
      const lines = head.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
      const settings = lines.flatMap((line) => SETTING.exec(line)?.[2]?.replace('+', '') ?? []);
      if (
        lines.every((line) => SETTING.test(line) || ITEM.test(line)) &&
        settings.filter((name) => OWN.has(name)).length > 1
      )
        return 2;
      return lines.length > 1 && lines.every((line) => FLAG.test(line)) && lines.some((line) => KNOWN.test(line))
        ? 2
        : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    let list = '';
    const takeFlag = (flag: string, line: number): void =>
      readClusterCidrs({ emit: (at, fact) => out.fact(at, fact as never), gap: (at, why) => out.gap(at, why) }, [
        { text: flag, line },
      ]);
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const [, , name, value = ''] = SETTING.exec(line) ?? [];
      const item = list === '' ? undefined : /^- +(.*)$/.exec(line)?.[1];
      if (name !== undefined && !value.startsWith('[')) list = value === '' ? name.replace('+', '') : '';
      if (line === '' || line.startsWith('#') || line === '---') out.noise(i);
      else if (name !== undefined || item !== undefined) {
        some = true;
        out.noise(i);
        const flag = `--${name ?? list}=${plainOf(item ?? value.replace(/^\[(.*)\]$/, '$1'))}`;
        if (/=./.test(flag)) takeFlag(flag, i);
      } else if (!FLAG.test(line)) {
        if (!failures.take(i, line)) out.gap(i, 'not a flag');
      } else {
        some = true;
        out.noise(i);
        takeFlag(line.replace(/^(--?[\w-]+)\s+/, '$1='), i);
      }
    }
    out.incomplete('filtered', 'it is one daemon alone');
    failures.close(some);
  },
});

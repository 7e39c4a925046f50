import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/**
 * Kubespray's collect-info (kubernetes-sigs/kubespray scripts/collect-info.yaml): `collect-info/commands/<host>/<name>`, with the path of the remote
 * file between them in some versions of Ansible, and `collect-info/logs/<host>/var/log/…`; stderr is mixed in, and outputs of the cluster repeat on every host.
 */
const COMMANDS: Readonly<Record<string, string>> = {
  kernel_info: 'uname -r',
  ip_info: 'ip -4 -o a',
  route_info: 'ip ro',
  proc_info: 'ps auxf | grep -v ]$',
  systemctl_failed_info: 'systemctl --state=failed --no-pager',
  timedate_info: 'timedatectl status',
  docker_info: 'docker info',
  errors_info: 'journalctl -p err --no-pager',
  kubelet_logs: 'journalctl -u kubelet --no-pager',
  k8s_info: 'kubectl get all --all-namespaces -o wide',
  kube_describe_all: 'kubectl describe all --all-namespaces',
  weave_info: 'weave report',
  calico_info: 'calicoctl node status',
  calico_workload_info: 'calicoctl get workloadEndpoint -o wide',
  calico_pool_info: 'calicoctl get ippool -o wide',
  kube_describe_nodes: 'kubectl describe nodes',
};

const FILE = /^(commands|logs)\/([^/]+)\/(?:.*\/)?([^/]+)$/;

export const kubespray: Layout = {
  name: 'kubespray',
  title: 'Kubespray collect-info',
  root: rootBefore('commands/[^/]+/(?:.*/)?(?:kernel_info|ip_info|route_info|docker_info|timedate_info)$'),
  locate(path) {
    const [, , host] = FILE.exec(path) ?? [];
    return host === undefined ? undefined : { kind: 'node', node: host, by: `folder ${host}` };
  },
  command(path) {
    const [, folder, , file = ''] = FILE.exec(path) ?? [];
    return folder === 'commands' && Object.hasOwn(COMMANDS, file) ? COMMANDS[file] : undefined;
  },
};

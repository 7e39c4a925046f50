import type { Layout } from './layout.js';
import { commandsBy, machine, namesAbove, rootBefore } from './machine.js';

/**
 * Bottlerocket's `logdog` (bottlerocket-os/bottlerocket sources/logdog/conf/*.conf, src/create_tarball.rs): `bottlerocket-logs/<name of the request>`,
 * a command's errors in the same file. Amazon's script for such nodes (amazon-eks-ami eks-bottlerocket-log-collector.sh) puts that archive beside
 * the logs of its CNI, in one that is called by the instance. No file holds the host's name; the journal does.
 */
const command = commandsBy({
  dmesg: 'dmesg --color=never --nopager',
  'iptables-filter': 'iptables -nvL -t filter',
  'iptables-nat': 'iptables -nvL -t nat',
  'journalctl-boots': 'journalctl --list-boots --no-pager',
  'journalctl.errors': 'journalctl -p err -a --no-pager',
  'journalctl.log': 'journalctl -a --no-pager',
  'containerd-config': 'containerd --config /etc/containerd/config.toml config dump',
  'kube-status': 'systemctl status kube* -l --no-pager',
  'os-release': 'cat /etc/os-release',
});

/** `eks_i-0123456789abcdef0_2026-03-12_0914-UTC_0.6.2` */
const instanceIn = (root: string): string | undefined =>
  namesAbove(root)
    .map((name) => /^eks_(i-[0-9a-f]+)/.exec(name)?.[1])
    .find((name) => name !== undefined);

const MARK = '(?:iptables-(?:filter|nat)|journalctl\\.log)$';
const own = rootBefore(MARK);
/** Amazon's script: the folder that holds the archive, for the logs beside it are of the same machine. */
const INNER = /^(?:bottlerocket-logs(?:\.tar\.gz!?)?\/)?bottlerocket-logs\//i;
const below = (path: string): string => path.replace(INNER, '');
const BESIDE = /^(.*\/)?ekslogs\/(?=(?:bottlerocket-logs(?:\.tar\.gz!?)?\/)?bottlerocket-logs\/[^/]+$)/i;

export const bottlerocket: Layout = {
  name: 'bottlerocket',
  title: 'Bottlerocket logdog',
  root: (inner) => (own(inner) === undefined ? undefined : (BESIDE.exec(inner)?.[0] ?? own(inner))),
  confirm: (paths) =>
    [...paths].some((p) => below(p) === 'journalctl.log') &&
    [...paths].some((p) => /^(?:settings\.json|signpost|wicked|proc-mounts)$/.test(below(p))),
  locate: (_path, root) => machine(root, 'Bottlerocket logdog', instanceIn(root)),
  command: (path) => command(below(path)),
};

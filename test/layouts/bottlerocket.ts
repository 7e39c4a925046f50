import { type PerMachine, perMachine, tgz } from './per-machine.js';
import type { LayoutWriter } from './writer.js';

const journal = (node: string): string =>
  `Mar 12 09:10:01 ${node} systemd[1]: Started Network Name Resolution.\nMar 12 09:10:02 ${node} kernel: bridge: filtering via arp/ip/ip6tables is no longer available by default.\n`;

/** bottlerocket-os/bottlerocket sources/logdog: `bottlerocket-logs/` in an archive that is called alike on every node. */
const logdog: PerMachine = {
  layout: 'bottlerocket',
  title: 'logdog, an archive of each node',
  files: {
    'iptables -t filter -nvL': 'iptables-filter',
    'iptables -t nat -nvL': 'iptables-nat',
  },
  archive: (_node, i) => `${i}/bottlerocket-logs.tar.gz`,
  top: () => 'bottlerocket-logs/',
  extra: (node) => ({
    'journalctl.log': journal(node),
    'journalctl.errors': '-- No entries --\n',
    'settings.json': '{\n  "settings": {\n    "motd": "Welcome to Bottlerocket!"\n  }\n}',
    signpost: 'OS disk: /dev/nvme0n1\n',
    'proc-mounts': 'tmpfs /run tmpfs rw,nosuid,nodev 0 0\n',
    df: 'Filesystem      Size  Used Avail Use% Mounted on\n/dev/root       904M  557M  285M  67% /\n',
  }),
};

/** awslabs/amazon-eks-ami eks-bottlerocket-log-collector.sh: that archive beside the logs of Amazon's CNI, which name no host. */
const amazon: LayoutWriter = {
  layout: 'bottlerocket',
  title: 'eks-bottlerocket-log-collector.sh',
  async write(store) {
    const { files, ...rest } = await perMachine(logdog).write(store);
    return {
      ...rest,
      files: Object.fromEntries(
        Object.values(files).map((inner, i) => [
          `eks_i-0123456789abcde${i}f_2026-03-12_0914-UTC_0.6.2.tar.gz`,
          tgz({
            '.bottlerocket/rootfs/tmp/ekslogs/bottlerocket-logs.tar.gz': inner,
            '.bottlerocket/rootfs/tmp/ekslogs/ipamd.log':
              '{"level":"info","ts":"2026-03-12T09:00:00.000Z","caller":"logger/logger.go:52","msg":"Constructed new logger instance"}\n',
          }),
        ]),
      ),
    };
  },
};

export const bottlerocket: readonly LayoutWriter[] = [perMachine(logdog), amazon];

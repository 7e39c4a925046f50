import { perMachine } from './per-machine.js';

const journal = (node: string): string =>
  `Mar 12 09:10:01 ${node} systemd[1]: Started Network Name Resolution.\nMar 12 09:10:02 ${node} kernel: bridge: filtering via arp/ip/ip6tables is no longer available by default.\n`;

/** bottlerocket-os/bottlerocket sources/logdog: `bottlerocket-logs/` in an archive that is called alike on every node. */
export const bottlerocket = perMachine({
  layout: 'bottlerocket',
  title: 'logdog, unpacked beside each other',
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
});

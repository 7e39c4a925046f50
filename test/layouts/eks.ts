import { type PerMachine, perMachine } from './per-machine.js';
import type { Store } from './store.js';
import { answersOf, type LayoutWriter } from './writer.js';

const JOURNAL = (node: string): string =>
  `Mar 12 09:14:01 ${node} kubelet[3110]: I0312 09:14:01.000000    3110 server.go:1] ready\n`;

/** What every form of it has that no command of the store prints. */
const extra = (node: string): Readonly<Record<string, string>> => ({
  'system/instance-id.txt': 'i-0123456789abcdef0\n',
  'system/region.txt': 'eu-west-1\n',
  'ipamd/ipamd-env-settings.json': '{}\n',
  'kubelet/kubelet.log': `-- Logs begin at Thu 2026-03-12 00:00:00 UTC, end at Thu 2026-03-12 09:14:22 UTC. --\n${JOURNAL(node)}`,
  'networking/resolv.conf': 'nameserver 192.168.50.2\n',
  'networking/configure-multicard-interfaces.txt': '-- No entries --\n',
  'var_log/kube-system_kube-proxy-x7k2p_0123/kube-proxy/0.log':
    '2026-03-12T09:14:01.000000000Z stderr F I0312 09:14:01.000000       1 server.go:1] "Using iptables Proxier"\n',
});

const COMMON = {
  'iptables-save': 'networking/iptables-save.txt',
  'ip6tables-save': 'networking/ip6tables-save.txt',
  'iptables -t filter -nvL': 'networking/iptables.txt',
  'iptables -t nat -nvL': 'networking/iptables-nat.txt',
  'iptables -t mangle -nvL': 'networking/iptables-mangle.txt',
  'ip6tables -t filter -nvL': 'networking/ip6tables.txt',
  'ip6tables -t nat -nvL': 'networking/ip6tables-nat.txt',
  'ip6tables -t mangle -nvL': 'networking/ip6tables-mangle.txt',
  'ip route show table all': 'networking/iproute.txt',
  'ip -6 route show table all': 'networking/ip6route.txt',
  'ip rule show': 'networking/iprule.txt',
  'ip -6 rule show': 'networking/ip6rule.txt',
  'ifconfig -a': 'networking/ifconfig.txt',
  'conntrack -S': 'networking/conntrack.txt',
  'sysctl -a': 'sysctls/sysctl_all.txt',
  'uname -a': 'kernel/uname.txt',
};

/** Listings end in a count, counters of conntrack stand below a title. */
const counted = (command: string, text: string): string => {
  if (command === 'conntrack -S') return `*** Output of conntrack -S *** \n${text}*** Output of conntrack -L ***\n`;
  return / -nvL$/.test(command) ? `${text}=======\nTotal Number of Rules: ${text.split('\n').length}\n` : text;
};

// The collector's `ifconfig` lists devices that are up alone, the lab's `ifconfig -a` all.
const UP = { link: 'ifconfig without -a is no listing of all devices' };
const LOGS = { 'component-log': 'logs are not of the store', resolver: 'files are not of the store' };

/** awslabs/amazon-eks-ami log-collector-script/linux: entries begin with `./`, no top folder. */
const script = perMachine({
  layout: 'eks',
  title: 'eks-log-collector.sh 0.7.x',
  files: { ...COMMON, 'ipset list': 'networking/ipset.txt' },
  text: (command, text) => (command === 'ipset list' ? `${text}\n` : counted(command, text)),
  archive: (_node, i) => `eks_i-0123456789abcde${i}f_2026-03-12_0914-UTC_0.7.9.tar.gz`,
  top: () => './',
  extra,
  more: { differs: { ...UP, ...LOGS } },
});

/** `nft list table <family> <name>` of each table that is there. */
const tables = (store: Store, node: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...answersOf(store, node, ['nft list ruleset']).values()]
      .flatMap((text) => text.split(/^(?=table )/m))
      .flatMap((text) => {
        const [, family, name] = /^table (\S+) (\S+)/.exec(text) ?? [];
        return name === undefined ? [] : [[`networking/nftables-${family}-${name}.txt`, text] as const];
      }),
  );

const agent: LayoutWriter = {
  layout: 'eks',
  title: 'eks-node-monitoring-agent, for a NodeDiagnostic',
  write(store) {
    const spec = (node: string): PerMachine => ({
      layout: 'eks',
      title: '',
      files: COMMON,
      text: counted,
      archive: (_node, i) => `log-${i}.tar.gz`,
      top: () => '',
      extra: () => ({ ...extra(node), ...tables(store, node) }),
    });
    const files = Object.assign(
      {},
      ...store.nodes.map((node, i) => {
        const written = perMachine(spec(node)).write({ ...store, nodes: [node] });
        if (written instanceof Promise) throw new Error('not at once');
        return Object.fromEntries(Object.values(written.files).map((body) => [`log-${i}.tar.gz`, body]));
      }),
    ) as Record<string, Uint8Array>;
    return {
      files,
      commands: [...Object.keys(COMMON), 'nft list ruleset'],
      differs: {
        ...UP,
        ...LOGS,
        'nft-chain': 'listings of single tables show no other',
        'nft-table': 'listings of single tables show no other',
      },
    };
  },
};

export const eks = [script, agent];

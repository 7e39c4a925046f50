import type { SubnetEnvFact } from '../facts/index.js';
import { canonicalPrefix, defineParser, parsePrefix } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * FLANNEL_NETWORK=10.244.0.0/16
 * FLANNEL_SUBNET=10.244.1.1/24
 * FLANNEL_MTU=1450
 * FLANNEL_IPMASQ=true
 *
 * flannel's pkg/subnet WriteSubnetFile; dual stack adds FLANNEL_IPV6_NETWORK and FLANNEL_IPV6_SUBNET, and several networks are
 * joined by commas (`--ip-masq` with multi-cluster CIDRs).
 */
const LINE = /^(?:export\s+)?(FLANNEL_[A-Z0-9_]+)\s*=\s*(.*)$/;
const PATH = /(?:^|\/)(?:[\w.-]*subnet\.env|flannel\.env)$/;
const READERS: ReadonlySet<string> = new Set(['cat', 'head', 'tail', 'more', 'less', 'source', 'nl']);

const unquoted = (value: string): string => value.replace(/^(["'])(.*)\1$/, '$2').trim();

interface Draft {
  networks: string[];
  subnet?: string;
  ipv6Subnet?: string;
  mtu?: number;
  ipmasq?: boolean;
}

/** Takes one variable; returns why it can't be taken. */
function take(draft: Draft, key: string, value: string): string | undefined {
  if (key === 'FLANNEL_NETWORK' || key === 'FLANNEL_IPV6_NETWORK') {
    const prefixes = value === '' ? [] : value.split(',').map((p) => canonicalPrefix(p.trim()));
    if (prefixes.some((p) => p === undefined)) return 'no prefix, or a masked one';
    draft.networks.push(...prefixes.filter((p) => p !== undefined));
  } else if (key === 'FLANNEL_SUBNET' || key === 'FLANNEL_IPV6_SUBNET') {
    // flannel's documents show several; the CNI plugin reads one.
    const subnets = value.split(',').map((subnet) => subnet.trim());
    const [first = ''] = subnets;
    if (subnets.some((subnet) => !parsePrefix(subnet) || !subnet.includes('/'))) return 'no prefix, or a masked one';
    if (key === 'FLANNEL_SUBNET') draft.subnet = first;
    else draft.ipv6Subnet = first;
  } else if (key === 'FLANNEL_MTU') {
    if (!/^\d{1,6}$/.test(value)) return 'no number';
    draft.mtu = Number(value);
  } else if (key === 'FLANNEL_IPMASQ') {
    if (!/^(?:true|false)$/i.test(value)) return 'neither true nor false';
    draft.ipmasq = value.toLowerCase() === 'true';
  } else return 'a variable that flannel does not write';
  return undefined;
}

/** `/run/flannel/subnet.env`: the subnet that this node's flanneld holds, as the CNI plugin reads it. */
export const subnetEnv = defineParser<SubnetEnvFact>({
  command: 'subnet-env',
  emits: ['subnet-env'],
  scope: 'stack',
  claims: {
    command: (argv) => (READERS.has(argv[0] ?? '') && argv.slice(1).some((w) => PATH.test(w)) ? {} : undefined),
    file: /(?:^|-)(?:subnet-env|flannel-env)(?:-|$)/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      const hits = lines.filter((line) => LINE.test(line.trim())).length;
      return hits > 0 && hits * 10 >= lines.length * 8 && lines.some((l) => /FLANNEL_(?:IPV6_)?SUBNET\s*=/.test(l))
        ? 3
        : 0;
    },
  },
  parse(text, out) {
    const draft: Draft = { networks: [] };
    const lines: Record<string, number> = {};
    const failures = collectFailures(out);
    let first: number | undefined;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const m = LINE.exec(line);
      const reason =
        line === '' || line.startsWith('#') ? '' : m ? take(draft, m[1] ?? '', unquoted(m[2] ?? '')) : 'no variable';
      if (m && reason === undefined) {
        first ??= i;
        lines[m[1] ?? ''] = text.firstLine + i;
        out.part(i);
      } else if (reason === '') out.noise(i);
      else if (m || !failures.take(i, line)) out.gap(i, reason ?? 'no variable');
    }
    failures.close(first !== undefined);
    if (first !== undefined) out.fact(first, { kind: 'subnet-env', ...draft, lines });
  },
});

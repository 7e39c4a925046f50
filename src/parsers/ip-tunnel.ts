import type { LinkFact } from '../facts/index.js';
import { canonicalAddress, type Draft, defineParser } from '../kit/index.js';
import { iproute2Command, shown } from './text/iproute2.js';
import { gap, readRows } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * tunl0: any/ip remote any local any ttl inherit nopmtudisc
 * gre1: gre/ip remote 192.0.2.7 local 192.0.2.1 dev eth0 ttl 64 key 7
 * ip6tnl0: ipv6/ipv6 remote :: local :: encaplimit 0 hoplimit 0 tclass 0x00 flowlabel 0x00000 (flowinfo 0x00000000)
 *
 * iproute2 ip/iptunnel.c and ip/ip6tunnel.c print_tunnel; with `-s` two headers and rows of counters follow (tnl_print_stats).
 */
const HEAD = /^\s*(\S+): (\w+|unknown)\/(ip|ipv6) +remote (\S+) +local (\S+)(?: |$)/;

/** The kind of device by what it carries in what. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['any/ip', 'ipip'],
  ['ip/ip', 'ipip'],
  ['mpls/ip', 'ipip'],
  ['ipv6/ip', 'sit'],
  ['gre/ip', 'gre'],
  ['esp/ip', 'vti'],
  ['any/ipv6', 'ip6tnl'],
  ['ip/ipv6', 'ip6tnl'],
  ['ipv6/ipv6', 'ip6tnl'],
  ['gre/ipv6', 'ip6gre'],
  ['esp/ipv6', 'vti6'],
]);
const ALONE: ReadonlySet<string> = new Set([
  'nopmtudisc',
  'allow-localremote',
  'seq',
  'csum',
  'icsum',
  'ocsum',
  'iseq',
  'oseq',
]);
/** What `-s` prints and what GRE says of its checks on lines of their own. */
const BELOW = /^(?:[RT]X: Packets\s+Bytes\s|\s*\d+(?:\s+\d+){3,}\s*$|\s+(?:Drop packets|Checksum|Sequence))/;

const UNSET: ReadonlySet<string> = new Set(['any', '0.0.0.0', '::']);

function endOf(word: string): string | undefined {
  return UNSET.has(word) ? 'any' : canonicalAddress(word);
}

function tunnelOf(line: string): Draft<LinkFact> | string {
  const head = HEAD.exec(line);
  if (!head) return 'not a line of ip tunnel';
  const [whole, name = '', inner = '', outer = '', far = '', near = ''] = head;
  const kind = KINDS.get(`${inner}/${outer}`);
  if (kind === undefined) return 'a tunnel of unknown kind';
  const [remote, local] = [endOf(far), endOf(near)];
  if (remote === undefined || local === undefined) return "the tunnel's address is masked or unreadable";
  const pairs: [string, string][] = [
    ['remote', remote],
    ['local', local],
  ];
  const words = wordsOf(line.slice(whole.length));
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (ALONE.has(word)) pairs.push([word, '']);
    else if (word === 'dev' || /^[a-z][\w-]*$/.test(word)) pairs.push([word, words[++i] ?? '']);
  }
  return { kind: 'link', name, info: { kind, attributes: Object.fromEntries(pairs) } };
}

/** `ip tunnel show`, `ip -6 tunnel show`: tunnels made by the old interface, with their ends. */
export const ipTunnel = defineParser<LinkFact>({
  command: 'ip-tunnel',
  emits: ['link'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      if (!command?.plain || (command.object !== 'tunnel' && command.object !== 'tunl')) return undefined;
      // Devices of other kinds are not listed.
      return shown(command.args) && { kinds: [] };
    },
    file: /(?:^|-)ip-(?:\w-)*tunnel(?:-show)?$/,
    sniff: (head) => (head.some((line) => HEAD.test(line.slice(0, 200))) ? 3 : 0),
  },
  parse(text, out) {
    out.only([]);
    let some = false;
    readRows(text, out, (line, i) => {
      if (some && BELOW.test(line)) return 'noise';
      const tunnel = tunnelOf(line);
      if (typeof tunnel === 'string') return gap(tunnel);
      out.fact(i, tunnel);
      some = true;
      return 'row';
    });
  },
});

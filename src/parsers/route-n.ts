import type { RouteFact } from '../facts/index.js';
import {
  canonicalAddress,
  type Draft,
  defineParser,
  formatPrefix,
  maskLength,
  parseAddress,
  parseIpv4,
  parsePrefix,
  type Text,
} from '../kit/index.js';
import { flaggedRoute } from './route/flags.js';
import { collectFailures } from './text/failure.js';
import { share } from './text/share.js';

/*
 * Kernel IP routing table
 * Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
 * 10.244.1.0      10.244.1.0      255.255.255.0   UG    0      0        0 flannel.1
 *
 * net-tools' lib/inet_gr.c and lib/inet6_gr.c; busybox prints the first form. `netstat -rn` has MSS, Window and irtt in place of the
 * metric. Both read /proc/net/route, which holds the main table only. /proc/net/ipv6_route holds all, local ones included.
 */
const TITLE = /^Kernel IP(?:v[46])? routing (?:table|cache)$/;
const HEADER4 = /^Destination +Gateway +Genmask +Flags\b/;
const HEADER6 = /^Destination +Next Hop +Flags? +Met/;

/** A row of `route -n` or `netstat -rn` that `grep` left: no other table has these eight columns. */
const ROW =
  /^(?:default|\d+(?:\.\d+){3})\s+(?:\*|\d+(?:\.\d+){3}|[a-z][\w.-]*)\s+\d+(?:\.\d+){3}\s+!?U?[GHRDMAC!]{0,6}\s+\d+\s+\d+\s+\d+\s+\S+$/;
const NAMES = 'Destination Gateway Genmask Flags Metric Ref Use Iface'.split(' ');
const NETSTAT_NAMES = 'Destination Gateway Genmask Flags MSS Window irtt Iface'.split(' ');

type Columns = { readonly family: 4 | 6; readonly names: readonly string[] };

const splitWords = (line: string): string[] => line.trim().split(/[ \t]+/);

/** Columns by their header; `Next Hop` is one. */
function columnsOf(line: string): Columns | undefined {
  if (HEADER6.test(line)) return { family: 6, names: splitWords(line.replace('Next Hop', 'Gateway')) };
  return HEADER4.test(line) ? { family: 4, names: splitWords(line) } : undefined;
}

const prefixOf4 = (destination: string, genmask: string): string | undefined => {
  if (destination === 'default') return genmask === '0.0.0.0' ? '0.0.0.0/0' : undefined;
  const length = maskLength(genmask);
  return length === undefined || parseIpv4(destination) === undefined
    ? undefined
    : canonical(`${destination}/${length}`);
};

const canonical = (text: string): string | undefined => {
  const prefix = parsePrefix(text);
  return prefix && formatPrefix(prefix);
};

/** `[::]/0` and `default` of a run without `-n`; `0.0.0.0/96` is how inet6_gr.c prints `::/96`. */
function prefixOf6(destination: string): string | undefined {
  const bare = destination.replace(/^\[(.*)\]/, '$1');
  if (bare === 'default') return '::/0';
  const slash = bare.indexOf('/');
  const address = slash === -1 ? bare : bare.slice(0, slash);
  const v4 = parseIpv4(address) !== undefined ? `::ffff:${address}` : address;
  return parseAddress(v4)?.family === 6 ? canonical(`${v4}${slash === -1 ? '' : bare.slice(slash)}`) : undefined;
}

const NONE: ReadonlySet<string> = new Set(['*', '-', '0.0.0.0', '::', '[::]', '']);

/** A row's route; why there is none; or nothing for `::/0 … !n -1 … lo`, ip6_null_entry, which every kernel shows and no table holds. */
function rowOf(words: readonly string[], { family, names }: Columns): Draft<RouteFact> | string | undefined {
  if (words.length < names.length) return 'too few columns';
  const get = (name: string): string => words[names.indexOf(name)] ?? '';
  const flags = get(names.includes('Flags') ? 'Flags' : 'Flag');
  const dev = get(family === 4 ? 'Iface' : 'If');
  const prefix = family === 4 ? prefixOf4(get('Destination'), get('Genmask')) : prefixOf6(get('Destination'));
  if (prefix === undefined) return 'the destination is a name or masked';
  const gateway = get('Gateway').replace(/^\[(.*)\]$/, '$1');
  const via = NONE.has(gateway) ? undefined : canonicalAddress(gateway);
  if (via === undefined && !NONE.has(gateway)) return 'the gateway is a name or masked';
  if (dev === '') return 'no interface';
  // `-ee` prints six characters of the name and no more.
  if (names.indexOf('MSS') > names.indexOf('Iface') && dev.length >= 6) return 'the interface name may be cut';
  const metric = get(family === 4 ? 'Metric' : 'Met');
  return flaggedRoute({
    family,
    prefix,
    ...(via !== undefined && { via }),
    dev,
    flags,
    // net-tools prints ip6_null_entry's metric with a sign.
    ...(/^(?:-1|\d{1,10})$/.test(metric) && { metric: Number(metric) >>> 0 }),
  });
}

/** The columns of rows without a header; whose metric is unknown where neither command was named. */
function columnsWithout(text: Text, program: string | undefined): Columns | undefined {
  let first = 0;
  while (first < text.count && text.line(first).trim() === '') first++;
  if (!ROW.test(text.line(first).trim())) return undefined;
  return { family: 4, names: program === 'route' ? NAMES : NETSTAT_NAMES };
}

/** `route -n` and `netstat -rn`: the main table as net-tools shows it. */
export const routeN = defineParser<RouteFact>({
  command: 'route-n',
  emits: ['route'],
  scope: 'stack',
  claims: {
    command(argv) {
      const [program = '', ...words] = argv[0] === 'busybox' ? argv.slice(1) : argv;
      const options = words.filter((w) => w.startsWith('-'));
      const short = options.filter((w) => !w.startsWith('--')).join('');
      const family =
        short.includes('6') || words.includes('inet6') || options.includes('--inet6') ? { scope: { family: '6' } } : {};
      if (program === 'route') return words.some((w) => /^(?:add|del|flush|get)$/.test(w)) ? undefined : family;
      return program === 'netstat' && (short.includes('r') || options.includes('--route')) ? family : undefined;
    },
    file: /(?:^|-)(?:route-n|route|netstat-(?:rn|nr|r|r-n|n-r|rne|rnee|route-table))$/,
    sniff(head) {
      if (head.some((line) => columnsOf(line.trim()) !== undefined)) return 3;
      return share(head, (line) => ROW.test(line.trim())) > 0.7 ? 2 : 0;
    },
  },
  parse(text, out, { argv }) {
    const failures = collectFailures(out);
    let columns = columnsWithout(text, argv[0]);
    if (columns) out.incomplete('filtered', 'rows without their header, as grep leaves them');
    let seen = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const header = columnsOf(line);
      if (header) columns = header;
      if (line === '' || header || TITLE.test(line)) {
        seen ||= header !== undefined;
        out.noise(i);
      } else if (columns) {
        const row = rowOf(splitWords(line), columns);
        if (row === undefined) out.noise(i);
        else if (typeof row !== 'string') out.fact(i, row);
        else if (!failures.take(i, line)) out.gap(i, row);
      } else if (!failures.take(i, line)) out.gap(i, 'a row before any header');
    }
    failures.close(seen);
  },
});

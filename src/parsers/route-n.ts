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
} from '../kit/index.js';
import { flaggedRoute, HIDDEN_GATEWAY, hidesGateway } from './route/flags.js';
import { collectFailures } from './text/failure.js';

/*
 * Kernel IP routing table
 * Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
 * 10.244.1.0      10.244.1.0      255.255.255.0   UG    0      0        0 flannel.1
 *
 * net-tools' lib/inet_gr.c and lib/inet6_gr.c; busybox prints the first form. `netstat -rn` has MSS, Window and irtt in place of the
 * metric. Both read /proc/net/route, which holds the main table only. /proc/net/ipv6_route holds all, local ones included.
 */
const TITLE = /^Kernel +IP(?:v[46])? +routing +(?:table|cache)$/;
const HEADER4 = /^Destination +Gateway +Genmask +Flags\b/;
const HEADER6 = /^Destination +Next Hop +Flags? +Met/;

type Columns = { readonly family: 4 | 6; readonly names: readonly string[] };

/** A row of `route -n`, whatever the language of its header. */
const ROW4 =
  /^(?:default|\d{1,3}(?:\.\d{1,3}){3}) +(?:\*|-|\d{1,3}(?:\.\d{1,3}){3}) +(?:255|0)(?:\.\d{1,3}){3} +!?[UGHRDMACI!]{1,8} +-?\d+ +\d+ +\d+ +[^\s\d]\S*$/;
const ROW6 = /^[\da-f:]*::?[\da-f:]*\/\d{1,3} +[\da-f:]*::[\da-f:]* +!?[A-Za-z!]{1,6} +-?\d+ +\d+ +\d+ +[^\s\d]\S*$/;

/** Columns of a table whose header is in another language, or was not collected: nothing says then that the first number is the metric. */
function columnsByRow(line: string, header: string): Columns | undefined {
  const metric = header === '' || /\bMSS\b/.test(header) ? '' : 'Metric';
  if (ROW4.test(line))
    return { family: 4, names: ['Destination', 'Gateway', 'Genmask', 'Flags', metric, '', '', 'Iface'] };
  if (ROW6.test(line)) return { family: 6, names: ['Destination', 'Gateway', 'Flag', 'Met', 'Ref', 'Use', 'If'] };
  return undefined;
}

/** Could the line be a title or a header in some language? Neither has a number in it. */
const isTitle = (line: string): boolean => line.length < 150 && !/\d(?!\w)/.test(line.replace(/IPv[46]/, ''));

/** Rows without an English header, and no more above them than a title and a header. */
function sniffRows(head: readonly string[]): 0 | 2 {
  const lines = head.map((line) => line.slice(0, 300).trim()).filter((line) => line !== '');
  const first = lines.findIndex((line) => columnsByRow(line, '') !== undefined);
  if (first < 0 || first > 2 || !lines.slice(0, first).every(isTitle)) return 0;
  return lines.slice(first).every((line) => columnsByRow(line, '') !== undefined || isTitle(line)) ? 2 : 0;
}

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
  // inet6_gr.c leaves no blank between references and a count of use that fills its column; neither is looked at.
  const glued = family === 6 && words.length === names.length - 1 && /^\d{2,}$/.test(words.at(-2) ?? '');
  if (words.length < names.length && !glued) return 'too few columns';
  if (words.length > names.length) return 'text behind the last column';
  const get = (name: string): string => words[names.indexOf(name) - (glued && name === 'If' ? 1 : 0)] ?? '';
  const flags = get(names.includes('Flags') ? 'Flags' : 'Flag');
  const dev = get(family === 4 ? 'Iface' : 'If');
  const prefix = family === 4 ? prefixOf4(get('Destination'), get('Genmask')) : prefixOf6(get('Destination'));
  if (prefix === undefined) return 'the destination is a name or masked';
  const gateway = get('Gateway').replace(/^\[(.*)\]$/, '$1');
  const via = NONE.has(gateway) ? undefined : canonicalAddress(gateway);
  if (via === undefined && !NONE.has(gateway)) return 'the gateway is a name or masked';
  if (dev === '') return 'no interface';
  if (hidesGateway({ family, ...(via !== undefined && { via }), flags })) return HIDDEN_GATEWAY;
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
    sniff: (head) => (head.some((line) => columnsOf(line.trim()) !== undefined) ? 3 : sniffRows(head)),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let columns: Columns | undefined;
    let seen = false;
    // Title and header of another language, until a row says that they are.
    let titles: number[] = [];
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000).trim();
      const header = columnsOf(line);
      const before = titles.at(-1);
      const byRow = columnsByRow(line, before === undefined ? '' : text.line(before));
      if (header) columns = header;
      else if (byRow && (!columns || titles.length > 0)) {
        columns = byRow;
        seen = true;
        if (before === undefined) out.incomplete('filtered', 'rows without their header');
        for (const at of titles.splice(-2)) out.noise(at);
      }
      if (line === '' || header || TITLE.test(line)) {
        seen ||= header !== undefined;
        out.noise(i);
        if (header) titles = [];
      } else if (columns && !(isTitle(line) && columns.family === 4)) {
        const row = rowOf(splitWords(line), columns);
        if (row === undefined) out.noise(i);
        else if (typeof row !== 'string') out.fact(i, row);
        else if (!failures.take(i, line)) out.gap(i, row);
        if (row === HIDDEN_GATEWAY) out.incomplete('filtered', HIDDEN_GATEWAY);
      } else if (!failures.take(i, line)) {
        if (isTitle(line)) titles.push(i);
        else out.gap(i, 'a row before any header');
      }
    }
    for (const i of titles) out.gap(i, columns ? 'not a row of this table' : 'a row before any header');
    failures.close(seen);
  },
});

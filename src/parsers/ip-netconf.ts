/*
 * ipv4 dev cni0 forwarding off rp_filter strict mc_forwarding 0 proxy_neigh off
 * inet eth0 forwarding on rp_filter off mc_forwarding off proxy_neigh off ignore_routes_with_linkdown off
 * ipv4 all forwarding on rp_filter strict mc_forwarding 0 proxy_neigh off
 */
import type { NetconfFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { iproute2Command, selection, shown } from './text/iproute2.js';

const FAMILIES: ReadonlyMap<string, 4 | 6> = new Map([
  ['ipv4', 4],
  ['inet', 4],
  ['ipv6', 6],
  ['inet6', 6],
]);

/** Words of ip/ipnetconf.c to the numbers that sysctl prints. */
export const VALUES: ReadonlyMap<string, number> = new Map([
  ['on', 1],
  ['off', 0],
  ['strict', 1],
  ['loose', 2],
]);

/** `proxy_neigh` is proxy_arp for IPv4 and proxy_ndp for IPv6. */
export const sysctlName = (key: string, family: 4 | 6): string =>
  key === 'proxy_neigh' ? (family === 4 ? 'proxy_arp' : 'proxy_ndp') : key;

const KEYS = new Set([
  'forwarding',
  'rp_filter',
  'mc_forwarding',
  'proxy_neigh',
  'ignore_routes_with_linkdown',
  'input',
  'bc_forwarding',
  'force_forwarding',
]);

interface Row {
  readonly family: 4 | 6;
  readonly scope: NetconfFact['scope'];
  readonly dev: string;
  readonly settings: readonly (readonly [string, number])[];
}

/** One line; a string says why it is none. */
function readRow(line: string): Row | 'mpls' | string {
  const words = line.trim().split(/\s+/);
  if (words[0] === 'mpls') return 'mpls';
  const family = FAMILIES.get(words[0] ?? '');
  if (family === undefined) return 'no address family';
  const prefixed = words[1] === 'dev';
  const name = words[prefixed ? 2 : 1] ?? '';
  const scope = !prefixed && (name === 'all' || name === 'default') ? name : 'device';
  if (name === '' || (!prefixed && KEYS.has(name))) return 'no device';
  const settings: [string, number][] = [];
  for (let i = prefixed ? 3 : 2; i < words.length; i += 2) {
    const key = words[i] ?? '';
    const value = words[i + 1] ?? '';
    const number = VALUES.get(value) ?? (/^\d{1,9}$/.test(value) ? Number(value) : undefined);
    if (!/^[a-z_]+$/.test(key) || number === undefined)
      return `unknown word ${JSON.stringify(`${key} ${value}`.slice(0, 40))}`;
    settings.push([sysctlName(key, family), number]);
  }
  return settings.length === 0 ? 'no setting' : { family, scope, dev: scope === 'device' ? name : '', settings };
}

const isRow = (line: string): boolean =>
  /^(ipv4|ipv6|inet6?|mpls)\s+(dev\s+)?\S+\s+(forwarding|rp_filter|mc_forwarding|proxy_neigh|input|ignore_routes_with_linkdown)\s/.test(
    line,
  );

/** `ip netconf`: the per-device settings of the IP stack, in both dialects of iproute2. */
export const ipNetconf = defineParser<NetconfFact>({
  command: 'ip-netconf',
  emits: ['netconf'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words = command?.object === 'netconf' && command.plain ? shown(command.args) : undefined;
      if (!words) return undefined;
      return {
        scope: {
          ...selection(words, 'dev', new Set(), new Set(['dev'])),
          ...(command?.family && { family: command.family }),
        },
      };
    },
    file: /(^|-)netconf($|-)/,
    sniff(head) {
      const lines = head.filter((l) => l.trim() !== '');
      const hits = lines.filter(isRow).length;
      return hits === 0 ? 0 : hits / lines.length >= 0.6 ? 3 : 1;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '') {
        out.noise(i);
        continue;
      }
      const row = readRow(line);
      if (row === 'mpls') out.noise(i);
      else if (typeof row === 'string') {
        if (!failures.take(i, line)) out.gap(i, row);
      } else {
        some = true;
        for (const [key, value] of row.settings)
          out.fact(i, { kind: 'netconf', family: row.family, scope: row.scope, dev: row.dev, key, value });
      }
    }
    failures.close(some);
  },
});

import type { NetworkCounterFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { wordsOf } from './text/words.js';

/*
 * TcpExt: SyncookiesSent SyncookiesRecv ListenOverflows
 * TcpExt: 0 0 3
 *
 * /proc/net/snmp and /proc/net/netstat (net/ipv4/proc.c): a line of names, and below it the line of their values.
 */
const NAMES = /^([A-Z][A-Za-z]{1,15}6?):(?: [A-Za-z]\w*)+ ?$/;
const VALUES = /^([A-Z][A-Za-z]{1,15}6?):(?: -?\d+)+ ?$/;
/** No counters. */
const SETTINGS: ReadonlySet<string> = new Set([
  'IpForwarding',
  'IpDefaultTTL',
  'TcpRtoAlgorithm',
  'TcpRtoMin',
  'TcpRtoMax',
  'TcpMaxConn',
]);
const LONGEST = 16384;

/** `/proc/net/snmp`, `/proc/net/netstat`. */
export const procNetSnmp = defineParser<NetworkCounterFact>({
  command: 'proc-net-snmp',
  emits: ['network-counter'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/snmp', '/proc/net/netstat']),
    file: /^(?:(?:proc-)?net-)?snmp$|^proc-net-netstat$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      const group = NAMES.exec((lines[0] ?? '').slice(0, LONGEST))?.[1];
      return group !== undefined && VALUES.exec((lines[1] ?? '').slice(0, LONGEST))?.[1] === group ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let names: readonly string[] = [];
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = line.length < LONGEST ? wordsOf(line) : [];
      const group = words[0] ?? '';
      if (words.length > 1 && NAMES.test(line)) {
        names = words;
        out.part(i);
      } else if (words.length > 1 && VALUES.test(line) && names[0] === group) {
        some = true;
        if (words.length !== names.length) out.gap(i, 'more names than values, or fewer');
        else
          for (let n = 1; n < words.length; n++) {
            const name = `${group.slice(0, -1)}${names[n]}`;
            if (!SETTINGS.has(name)) out.fact(i, { kind: 'network-counter', name, value: Number(words[n]) });
          }
        names = [];
      } else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, 'no line of names or values');
    }
    failures.close(some);
  },
});

import type { NetworkCounterFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * #kernel
 * IpInReceives                    6506               0.0
 * Ip6InReceives                   	1
 *
 * iproute2 misc/nstat.c, and the kernel's files of the same form: /proc/net/snmp6, sctp/snmp, xfrm_stat. Without `-a` nstat prints what
 * came since its last run by the same user, which is all there is only on the first one.
 */
const ROW =
  /^((?:Ip|Icmp|Udp|Tcp|Sctp|MPTcp|Xfrm|Dccp)[A-Z0-9][A-Za-z0-9]{1,60})\s+(\d{1,20})(?:\s+\d+\.\d(?: \(overflow\))?)?$/;
const SOURCE = /^#(?:kernel|\d+\.\d+ sampling_interval=\d+.*|[\w. -]{1,100})$/;
const FILES = ['/proc/net/snmp6', '/proc/net/sctp/snmp', '/proc/net/xfrm_stat'];

/** Are these the absolute counts? Of a file without a command line its name tells. */
function isAbsolute(argv: readonly string[], fileName: string): boolean {
  if (argv[0] === 'nstat') return argv.some((w) => /^-[a-z]*a|^--ignore/.test(w));
  return argv.length > 0 || !/nstat/.test(fileName) || /nstat[ _-]+[a-z]*a/.test(fileName);
}

/** `nstat`, `/proc/net/snmp6` and files like it: a name and a count a line. */
export const nstat = defineParser<NetworkCounterFact>({
  command: 'nstat',
  emits: ['network-counter'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] === 'nstat') {
        const names = argv.slice(1).filter((w) => !w.startsWith('-'));
        if (argv.some((w) => /^-[a-z]*j|^--json/.test(w))) return undefined;
        return names.length > 0 ? { scope: { pattern: names.join(' ') } } : {};
      }
      return readsFile(argv, FILES);
    },
    file: /(?:^|-)nstat(?:-[a-z]{1,6})*$|^(?:(?:proc-)?net-)?(?:snmp6|xfrm-stat)$|procnetxfrmstat/,
    sniff(head) {
      // /proc/net/dev_snmp6 counts one device's packets, not the host's.
      if (head.slice(0, 3).some((line) => /^ifIndex\s/.test(line))) return 0;
      const fit = share(head, (line) => ROW.test(line.trim()) || SOURCE.test(line.trim()));
      const rows = head.filter((line) => ROW.test(line.trim())).length;
      if (rows === 0 || fit < 0.8) return 0;
      return rows > 2 ? 3 : 2;
    },
  },
  parse(text, out, { argv, fileName }) {
    const failures = collectFailures(out);
    const absolute = isAbsolute(argv, fileName);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const row = line.length < 200 ? ROW.exec(line) : null;
      if (row) {
        some = true;
        const [, name = '', value = ''] = row;
        out.fact(i, { kind: 'network-counter', name, value: Number(value), ...(!absolute && { increment: true }) });
      } else if (line === '' || SOURCE.test(line)) out.noise(i);
      else if (!failures.take(i, line))
        out.gap(i, wordsOf(line).length === 2 ? 'no counter of a known group' : 'not a row of nstat');
    }
    failures.close(some);
  },
});

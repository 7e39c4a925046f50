/*
 * Chain FORWARD (policy DROP 0 packets, 0 bytes)
 *  pkts bytes target     prot opt in     out     source               destination
 *   12   720 KUBE-FORWARD  all  --  *      *       0.0.0.0/0            0.0.0.0/0            ctstate NEW
 *
 * iptables/xshared.c print_header and print_rule_details; the last column is what each extension's print function writes.
 */
import { defineParser } from '../kit/index.js';
import { backendOf, rowListing, tableNamed, ufwListing } from './iptables/command.js';
import { closeListing, type Listing, readListingLine } from './iptables/listing/reader.js';
import { columnsOf } from './iptables/listing/row.js';
import type { IptablesFact } from './iptables/reader.js';
import { inColumns, squeezed } from './text/columns.js';
import { collectFailures } from './text/failure.js';

const CHAIN =
  /^\s*Chain \S+ \((?:policy \S+(?: \S+ packets, \S+ bytes)?|-?\d+ references|ERROR obtaining refs)\)(?:\s+(?:←|⬅|#|\/\/|<[-=]+\s).{0,200})?\s*$/;

/** `| column -t` */
const COLUMNS = /^Chain(?: {2,}\S+ +| +\S+ {2,})\(/;

/** A row alone, as of `| grep`: protocol and `opt`, the second of which is `--` for nearly all, stand nowhere else so. */
const ROW =
  /^\s*(?:\d+\s+)?(?:\d+[KMGT]?\s+\d+[KMGT]?\s+)?[\w:.+-]{2,40}\s+!?(?:all|tcp|udp|udplite|icmp|icmpv6|ipv6-icmp|sctp|esp|ah|gre|\d{1,3})\s+(?:--|-f|!f)\s+(?:[\w.*+!@:-]+\s+[\w.*+!@:-]+\s+)?!?(?:anywhere|[\da-f.:]+(?:\/\S+)?)\s+!?(?:anywhere|[\da-f.:]+(?:\/\S+)?)(?:\s|$)/;

/** `iptables -L` in all its forms, of one table or several one after the other. */
export const iptablesList = defineParser<IptablesFact>({
  command: 'iptables-list',
  emits: ['iptables-dump', 'iptables-table'],
  scope: 'stack',
  claims: {
    command: (argv) => rowListing(argv) ?? ufwListing(argv),
    file: /(^|-)ip6?tables(-?(t-)?(nat|filter|mangle|raw|security))?(-[nvxl-]+)?(-line-numbers)?$|(^|-)ufw-show-(raw|builtins|[a-z]+-rules)$/,
    sniff(all) {
      const lines = all.filter((line) => line.trim() !== '');
      const head = inColumns(lines, COLUMNS) ? lines.map(squeezed) : lines;
      let chains = 0;
      let headers = 0;
      let other = 0;
      for (const [i, line] of head.entries()) {
        if (line.length > 1000 || !CHAIN.test(line)) {
          if (chains === 0 && line.trim() !== '' && !/^(?:# )?Warning: /.test(line)) other++;
        } else {
          chains++;
          if (columnsOf(head[i + 1] ?? '')) headers++;
        }
      }
      // Rows alone, and heads of chains without columns below them.
      const rows = head.filter((line) => ROW.test(line.slice(0, 1000))).length;
      const filled = head.filter((line) => line.trim() !== '').length;
      if (headers === 0 && rows > 0 && rows + chains === filled) return 2;
      // `| grep Chain`: nothing else has such lines.
      if (chains > 1 && chains === filled) return 2;
      if (headers === 0 || headers * 2 < chains) return 0;
      return other === 0 ? 3 : other < 10 ? 2 : 1;
    },
  },
  parse(text, out, context) {
    const name = context.fileName.toLowerCase();
    const named = context.scope['family'] === '6' || /ip6tables|ipv6/.test(name) ? 6 : undefined;
    const l: Listing = {
      out,
      failures: collectFailures(out),
      firstLine: text.firstLine,
      table: context.scope['table'] ?? tableNamed(name) ?? '',
      family: named ?? (context.argv.length > 0 && !ufwListing(context.argv) ? 4 : undefined),
      backend: backendOf(context.argv),
      current: undefined,
      columns: undefined,
      some: false,
      homeless: false,
    };
    const columns = inColumns(
      Array.from({ length: Math.min(50, text.count) }, (_, i) => text.line(i).slice(0, 300)),
      COLUMNS,
    );
    for (let i = 0; i < text.count; i++) readListingLine(l, columns ? squeezed(text.line(i)) : text.line(i), i);
    closeListing(l);
    if (l.homeless) out.incomplete('filtered', 'rows stand outside of a chain or of a table that is known');
    l.failures.close(l.some);
  },
});

/*
 * 14
 *
 * conntrack -C: the number of entries, net.netfilter.nf_conntrack_count.
 */
import type { SysctlFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { conntrackCommand } from './conntrack/command.js';
import { collectFailures } from './text/failure.js';

const KEY = 'net.netfilter.nf_conntrack_count';

/** `conntrack -C`; nothing but its command line or name tells what the number counts. */
export const conntrackCount = defineParser<SysctlFact>({
  command: 'conntrack-count',
  emits: ['sysctl'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = conntrackCommand(argv);
      return command?.action === 'count' ? { scope: { key: command.table === 'expect' ? 'expect' : KEY } } : undefined;
    },
    file: /^conntrack-(?:c|count)$/,
    sniff: () => 0,
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    // How many are expected is no setting of the kernel's.
    const counted = conntrackCommand(context.argv)?.table !== 'expect';
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      if (line === '') continue;
      if (/^\d{1,10}$/.test(line) && !some) {
        some = true;
        if (counted) out.fact(i, { kind: 'sysctl', key: KEY, value: line });
        else out.noise(i);
      } else if (!failures.take(i, line)) out.gap(i, 'not the count of conntrack -C');
    }
    failures.close(some);
    if (context.scope['key'] === undefined) out.incomplete('filtered', 'one value of the kernel');
  },
});

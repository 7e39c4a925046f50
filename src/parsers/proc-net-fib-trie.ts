import type { RouteFact, RouteType } from '../facts/index.js';
import { canonicalAddress, canonicalPrefix, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';

/*
 * Main:
 *   +-- 0.0.0.0/0 3 0 5
 *      |-- 10.244.0.1
 *         /32 host LOCAL
 *
 * net/ipv4/fib_trie.c fib_trie_seq_show. The trie of prefixes and types without devices and gateways: the node's own addresses and the
 * routes that lead nowhere are whole, of the others /proc/net/route says where they lead. Main and local are one trie, printed twice,
 * until a rule is added.
 */
const TABLE = /^(?:(Main|Local)|Id (\d{1,10})):$/;
const NODE = /^\+-- \S+\/\d{1,2}(?: \d+){3}$/;
const LEAF = /^\|-- (\S+)$/;
const ENTRY = /^\/(\d{1,2}) ([a-z]+|\d+) ([A-Z]+|type \d+)(?: tos=\d+)?$/;
const TYPES: Readonly<Record<string, RouteType>> = {
  LOCAL: 'local',
  BROADCAST: 'broadcast',
  ANYCAST: 'anycast',
  BLACKHOLE: 'blackhole',
  UNREACHABLE: 'unreachable',
  PROHIBIT: 'prohibit',
  THROW: 'throw',
};
const OF_LOCAL: ReadonlySet<string> = new Set(['local', 'broadcast', 'anycast']);

/** `/proc/net/fib_trie`. */
export const procNetFibTrie = defineParser<RouteFact>({
  command: 'proc-net-fib-trie',
  emits: ['route'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/fib_trie']),
    file: /(?:^|-)fib-trie$/,
    sniff(head) {
      const lines = head.slice(0, 40).map((line) => line.trim());
      return lines.some((line) => NODE.test(line)) && lines.some((line) => LEAF.test(line)) ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const told = new Set<string>();
    let table = 'main';
    let leaf: string | undefined;
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const entry = line.length < 80 ? ENTRY.exec(line) : null;
      const titled = TABLE.exec(line);
      if (line === '') continue;
      if (titled) {
        table = titled[1]?.toLowerCase() ?? titled[2] ?? 'main';
        out.noise(i);
      } else if (NODE.test(line)) out.noise(i);
      else if (LEAF.test(line)) {
        some = true;
        leaf = canonicalAddress(LEAF.exec(line)?.[1] ?? '');
        if (leaf === undefined) out.gap(i, 'the address is masked or unreadable');
        else out.part(i);
      } else if (entry) {
        const type = TYPES[entry[3] ?? ''];
        const prefix = leaf === undefined ? undefined : canonicalPrefix(`${leaf}/${entry[1]}`);
        // Nobody puts a route that leads nowhere into the local table: it is main's, printed again.
        const of = type !== undefined && OF_LOCAL.has(type) ? 'local' : table === 'local' ? 'main' : table;
        const key = `${of} ${type} ${prefix}`;
        if (prefix === undefined) out.gap(i, 'a route of no address');
        else if (type === undefined || told.has(key)) out.noise(i);
        else {
          told.add(key);
          const nexthops = of === 'local' ? [{ flags: [] }] : [];
          out.fact(i, { kind: 'route', family: 4, type, prefix, table: of, nexthops });
        }
      } else if (!failures.take(i, line)) out.gap(i, 'not a line of /proc/net/fib_trie');
    }
    failures.close(some);
    out.incomplete('filtered', 'routes without their devices and gateways');
  },
});

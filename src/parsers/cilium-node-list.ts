/**
 * cilium node list. Addresses and ranges tell their column by their form, for a cell may be empty.
 *
 *     Name     IPv4 Address   Endpoint CIDR   IPv6 Address   Endpoint CIDR   Source
 *     lab/n1   192.0.2.11     10.42.0.0/24    2001:db8::11                   local
 */
import type { CiliumNodeFact } from '../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

const HEADER = /^Name +IPv4 Address +Endpoint CIDR +IPv6 Address +Endpoint CIDR(?: +Source)?$/;
const SOURCE = /^(?:local|custom-resource|kvstore|clustermesh|kubernetes|unspec|generated|agent-local|unknown|ipam)$/;

interface Row {
  readonly line: number;
  readonly cluster: string;
  readonly local: boolean;
  readonly fact: Draft<CiliumNodeFact>;
}

/** One row; a reason where a cell is nothing that the table holds. */
function rowOf(line: string, i: number): Row | string {
  const [full = '', ...cells] = wordsOf(line);
  const slash = full.lastIndexOf('/');
  const internalIps: string[] = [];
  const podCidrs: string[] = [];
  let local = false;
  for (const cell of cells) {
    const address = canonicalAddress(cell);
    const cidr = cell.includes('/') ? canonicalPrefix(cell) : undefined;
    if (address !== undefined) internalIps.push(address);
    else if (cidr !== undefined) podCidrs.push(cidr);
    else if (SOURCE.test(cell)) local ||= cell === 'local';
    else if (cell !== '<nil>' && cell !== '<none>') return `no address: "${cell.slice(0, 60)}"`;
  }
  if (internalIps.length === 0) return 'no address of a node';
  const fact = { kind: 'cilium-node' as const, name: full.slice(slash + 1), internalIps, ciliumIps: [], podCidrs };
  return { line: i, cluster: full.slice(0, Math.max(0, slash)), local, fact };
}

export const ciliumNodeList = defineParser<CiliumNodeFact>({
  command: 'cilium-node-list',
  emits: ['cilium-node'],
  scope: 'cluster',
  claims: {
    command: (argv) =>
      /^cilium(?:-dbg)?$/.test(argv[0] ?? '') &&
      argv[1] === 'node' &&
      argv[2] === 'list' &&
      !argv.some((w) => /^(?:-o|--output)/.test(w))
        ? {}
        : undefined,
    file: /^cilium(?:-dbg)?-node-list/,
    sniff: (head) => (head.slice(0, 5).some((line) => HEADER.test(line.trim())) ? 3 : 0),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const rows: Row[] = [];
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000).trim();
      if (line === '' || HEADER.test(line)) out.noise(i);
      else if (!failures.take(i, line)) {
        const row = rowOf(line, i);
        if (typeof row === 'string') out.gap(i, row);
        else rows.push(row);
      }
    }
    // Of a mesh only the own cluster's nodes are this cluster's.
    const own = rows.find((row) => row.local)?.cluster;
    const clusters = new Set(rows.map((row) => row.cluster));
    const untold = own === undefined && clusters.size > 1;
    if (untold) out.incomplete('filtered', 'nodes of several clusters of a mesh, and not which cluster this is');
    for (const row of rows) {
      if (untold || (own !== undefined && row.cluster !== own)) out.noise(row.line);
      else out.fact(row.line, row.fact);
    }
    failures.close(rows.length > 0);
  },
});

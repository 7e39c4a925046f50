import type { RouteFact } from '../../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft } from '../../kit/index.js';

const NONE: ReadonlySet<string> = new Set(['0.0.0.0', '::', '']);
/** The kernel's table of its own addresses. */
const LOCAL = '255';

/**
 * `dst = 10.0.0.0/24, nh = 0.0.0.0, mt = 100, table=255` as NetworkManager has it from the kernel: no protocol, no scope. Nothing for the
 * local table, whose routes are of several types that are not said; a reason for what can't be read.
 */
export function routeOf(value: string, dev: string, family: 4 | 6): Draft<RouteFact> | string | undefined {
  const pairs = new Map(
    value.split(/,\s*/).map((pair) => {
      const [key = '', said = ''] = pair.split(/\s*=\s*/);
      return [key.trim(), said.trim()] as const;
    }),
  );
  const table = pairs.get('table');
  if (table === LOCAL) return undefined;
  const prefix = canonicalPrefix(pairs.get('dst') ?? pairs.get('ip') ?? '');
  const hop = pairs.get('nh') ?? pairs.get('gw') ?? '';
  const via = canonicalAddress(hop);
  if (prefix === undefined || (via === undefined && !NONE.has(hop))) return 'the route is masked or unreadable';
  const metric = pairs.get('mt') ?? '0';
  return {
    kind: 'route',
    family,
    type: 'unicast',
    prefix,
    table: table ?? 'main',
    nexthops: [{ ...(via !== undefined && !NONE.has(hop) && { via }), dev, flags: [] }],
    ...(/^[1-9]\d*$/.test(metric) && { metric: Number(metric) }),
  };
}

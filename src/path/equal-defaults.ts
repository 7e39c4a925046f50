import type { RouteFact } from '../facts/index.js';
import type { Missing } from '../model/types.js';
import type { FibMachine, FlowKey, Found } from './fib.js';
import { candidates, type Table } from './fib-table.js';

const DEFAULT = '0.0.0.0/0';

/**
 * Of equal default routes the kernel prefers the one whose gateway answers, and keeps to what it took last (fib_select_default): where one of them was
 * asked in vain, which is taken hangs on when.
 */
export function otherDefault(machine: FibMachine, table: Table, key: FlowKey, found: Found): Missing | undefined {
  if (found.kind !== 'unicast' || key.dst.family === 6 || key.oif !== undefined) return undefined;
  if (found.route.prefix !== DEFAULT) return undefined;
  const isEqual = ({ type, metric, tos, nexthops }: RouteFact): boolean =>
    type === 'unicast' &&
    (metric ?? 0) === (found.route.metric ?? 0) &&
    tos === found.route.tos &&
    nexthops.some((n) => n.via !== undefined && !machine.dead(n, 4));
  const equals = [...candidates(table, key.dst)].filter((r) => r.prefix === DEFAULT && isEqual(r));
  const silent =
    equals.length > 1
      ? equals
          .flatMap((r) => r.nexthops)
          .map(machine.silent)
          .find((n) => n)
      : undefined;
  return (
    silent && {
      input: `which of ${equals.length} equal default routes is taken`,
      reason: 'not-comparable',
      detail: `${silent.address} did not answer`,
      at: silent.at,
    }
  );
}

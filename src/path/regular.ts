import type { Likeness } from './alike.js';

/**
 * Nodes that know each other as all of their kind do: what one knows of another hangs on what the two are alike to, and not on who they are. Between
 * them pairs need not be compared node by node. Whoever deviates (a missing route to one peer) is none of them.
 */
export function regularNodes(like: Likeness, nodes: readonly string[]): ReadonlySet<string> {
  const usual = new Map<string, Map<string, number>>();
  const keyOf = (from: string, to: string): string => `${like.node(from)} ${like.node(to)}`;
  const each = (call: (from: string, to: string, knows: string) => void): void => {
    for (const from of nodes) for (const to of nodes) if (from !== to) call(from, to, like.toward(from)(to));
  };
  each((from, to, knows) => {
    const counts = usual.get(keyOf(from, to)) ?? new Map<string, number>();
    usual.set(keyOf(from, to), counts.set(knows, (counts.get(knows) ?? 0) + 1));
  });
  const most = new Map([...usual].map(([key, counts]) => [key, [...counts].sort(([, a], [, b]) => b - a)[0]?.[0]]));
  let deviating: (readonly [from: string, to: string])[] = [];
  each((from, to, knows) => {
    if (most.get(keyOf(from, to)) !== knows) deviating.push([from, to]);
  });
  // Who deviates most goes first: one that knows nobody makes all others look odd.
  const regular = new Set(nodes);
  while (deviating.length > 0) {
    const counts = new Map<string, number>();
    for (const node of deviating.flat()) counts.set(node, (counts.get(node) ?? 0) + 1);
    const [worst = ''] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
    regular.delete(worst);
    deviating = deviating.filter(([from, to]) => from !== worst && to !== worst);
  }
  return regular;
}

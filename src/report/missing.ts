import type { Report, ReportMissing } from '../engine/report.js';
import { listed } from './options.js';

/** One thing that was not known, and all that could not be checked therefore. */
export interface Unchecked {
  readonly input: string;
  readonly reason: ReportMissing['reason'];
  readonly detail?: string;
  readonly nodes: readonly string[];
  readonly rules: readonly string[];
  readonly command?: string;
}

const WORDS: Readonly<Record<ReportMissing['reason'], string>> = {
  'not-captured': 'not captured',
  empty: 'captured, but empty',
  filtered: 'filtered, so absence proves nothing',
  truncated: 'cut off',
  unreadable: 'not readable',
  'command-failed': 'the command failed',
  'permission-denied': 'permission denied',
  obfuscated: 'replaced by a tool',
  'not-comparable': 'not comparable',
  unsupported: 'in a form that dumplint does not read',
};

export const inWords = (reason: ReportMissing['reason']): string => WORDS[reason];

/**
 * What stayed open, of rules that apply here, the widest gap first. Details are dropped where they differ: the groups are for a
 * reader, the whole list is in the JSON.
 */
export function uncheckedOf(report: Report): readonly Unchecked[] {
  const groups = new Map<
    string,
    { first: ReportMissing; nodes: Set<string>; rules: Set<string>; details: Set<string> }
  >();
  for (const rule of report.rules) {
    if (!rule.applicable) continue;
    for (const m of rule.missing) {
      const key = `${m.input}\u0000${m.reason}`;
      const group = groups.get(key) ?? { first: m, nodes: new Set(), rules: new Set(), details: new Set() };
      groups.set(key, group);
      if (m.node !== undefined) group.nodes.add(m.node);
      group.rules.add(rule.id);
      if (m.detail !== undefined) group.details.add(m.detail);
    }
  }
  return [...groups.values()]
    .map(({ first, nodes, rules, details }) => ({
      input: first.input,
      reason: first.reason,
      ...(details.size === 1 && { detail: [...details].join() }),
      nodes: [...nodes].sort(),
      rules: [...rules].sort(),
      ...(first.command !== undefined && { command: first.command }),
    }))
    .sort((a, b) => b.rules.length - a.rules.length || b.nodes.length - a.nodes.length || (a.input < b.input ? -1 : 1));
}

/** `node-1, node-2`, `all 3 nodes`, or '' for what belongs to the cluster. */
export function whereOf(unchecked: Unchecked, all: number): string {
  if (unchecked.nodes.length > 2 && unchecked.nodes.length === all) return `all ${all} nodes`;
  return listed(unchecked.nodes, 3);
}

/** Is it run once, wherever the cluster's interface answers, and not on the node that the question is of? */
export const asksCluster = (command: string): boolean => /^(?:kubectl|calicoctl (?:get|ipam)) /.test(command);

/** Commands that would supply what was not captured: read-only, each with the nodes to run it on ('' = once for the cluster). */
export function capturesWanted(
  unchecked: readonly Unchecked[],
): readonly { readonly command: string; readonly nodes: readonly string[] }[] {
  const wanted = new Map<string, Set<string>>();
  for (const u of unchecked) {
    if (u.command === undefined || u.reason === 'not-comparable') continue;
    const nodes = wanted.get(u.command) ?? new Set<string>();
    if (!asksCluster(u.command)) for (const n of u.nodes) nodes.add(n);
    wanted.set(u.command, nodes);
  }
  return [...wanted].map(([command, nodes]) => ({ command, nodes: [...nodes].sort() }));
}

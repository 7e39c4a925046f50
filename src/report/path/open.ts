import type { Pen } from '../text/pen.js';
import type { JsonMissing } from './json.js';
import { missingLine } from './words.js';

/** One thing that was not known, on all the nodes where it was not. */
export interface OpenQuestion {
  readonly missing: JsonMissing;
  readonly nodes: readonly string[];
  /** How many asked for it. */
  readonly count: number;
}

/** Questions by input and reason; the one that most wait for first. */
export function openQuestions(lists: readonly (readonly JsonMissing[])[]): readonly OpenQuestion[] {
  const groups = new Map<string, { missing: JsonMissing; nodes: Set<string>; askers: Set<number> }>();
  for (const [asker, list] of lists.entries())
    for (const missing of list) {
      const key = [missing.input, missing.reason, missing.detail ?? ''].join('\u0000');
      const group = groups.get(key) ?? { missing, nodes: new Set<string>(), askers: new Set<number>() };
      groups.set(key, group);
      if (missing.node !== undefined) group.nodes.add(missing.node);
      group.askers.add(asker);
    }
  return [...groups.values()]
    .map(({ missing, nodes, askers }) => ({ missing, nodes: [...nodes].sort(), count: askers.size }))
    .sort((a, b) => b.count - a.count);
}

/** What is not known, each with the command that supplies it. `waits` tells what waits for it. */
export function writeOpen(
  out: Pen,
  questions: readonly OpenQuestion[],
  waits: (q: OpenQuestion) => string = () => '',
): void {
  for (const q of questions) {
    const { command, reason } = q.missing;
    out.prose(2, `${missingLine(q.missing, q.nodes)}${waits(q)}`);
    if (command !== undefined && reason !== 'not-comparable') out.line('    ', ['supplied by  ', 'dim'], command);
  }
}

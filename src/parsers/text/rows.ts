import type { Fact, Sink, Text } from '../../kit/index.js';
import { collectFailures } from './failure.js';

/** What a reader made of a line: it belongs to the listing, it carries nothing by declaration, or why it can't be read. */
export type Taken = 'row' | 'noise' | { readonly gap: string };

export const gap = (reason: string): Taken => ({ gap: reason });

/**
 * Reads a listing line by line: blank lines, what grep writes between matches, and messages of programs that failed are dealt with here.
 * `read` emits the facts; 'noise' for a header counts as output too, since a header alone is an empty listing. `close` emits what the last
 * lines left open. Gaps are told last: a line whose entry was read but for one value is a gap and not a fact.
 */
export function readRows<F extends Fact>(
  text: Text,
  out: Sink<F>,
  read: (line: string, i: number) => Taken,
  close?: () => void,
): void {
  const failures = collectFailures(out);
  const gaps: { readonly i: number; readonly reason: string }[] = [];
  let some = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    if (line.trim() === '') continue;
    if (line.trim() === '--') {
      out.noise(i);
      out.incomplete('filtered', 'grep left lines out between its matches');
      continue;
    }
    const taken = read(line, i);
    if (taken === 'row') out.part(i);
    else if (taken === 'noise') out.noise(i);
    else if (!failures.take(i, line)) gaps.push({ i, reason: taken.gap });
    if (taken === 'row' || taken === 'noise') some = true;
  }
  close?.();
  failures.close(some);
  for (const { i, reason } of gaps) out.gap(i, reason);
}

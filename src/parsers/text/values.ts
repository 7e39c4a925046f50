import type { Sink, Text } from '../../kit/index.js';
import { splitObjects } from './documents.js';
import { collectFailures } from './failure.js';
import { readJson } from './json.js';
import type { Located } from './located.js';

/** A JSON value of a capture and its lines. */
export interface Value {
  readonly value: Located;
  readonly from: number;
  readonly to: number;
}

/**
 * Hands over every JSON value of a text: one, several behind each other, the items of an array. Their lines become parts; other lines are
 * failures of the command, or gaps with `reason`. Returns how many values there were.
 */
export function eachJson(
  text: Text,
  out: Pick<Sink<never>, 'part' | 'noise' | 'gap' | 'incomplete' | 'failed'>,
  reason: string,
  take: (value: Value) => void,
): number {
  const failures = collectFailures(out);
  let seen = 0;
  splitObjects(text, {
    noise: (line) => out.noise(line),
    gap: (line, why) => out.gap(line, why),
    cut: (detail) => out.incomplete('truncated', detail),
    object({ format, from, to, source }) {
      if (format === 'yaml') {
        for (let i = from; i < to; i++) {
          const line = text.line(i);
          if (line.trim() === '') out.noise(i);
          else if (!failures.take(i, line)) out.gap(i, reason);
        }
        return;
      }
      const reading = readJson(source(), from);
      for (let i = from; i < to; i++) {
        if ('error' in reading) out.gap(i, reading.error);
        else out.part(i);
      }
      if ('error' in reading) return;
      seen++;
      take({ value: reading.value, from, to });
    },
  });
  failures.close(seen > 0);
  return seen;
}

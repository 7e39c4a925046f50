import type { Sink, Text } from '../../kit/index.js';
import { collectFailures } from './failure.js';

/** Longer outputs are no error of a command. */
const MOST_OF_AN_ERROR = 3;

/** An output that is recognised and decides nothing: each of its lines is noise, unless all that came is the word of a command that failed. */
export function takeAsNoise(text: Text, out: Sink<never>): void {
  const failures = collectFailures(out);
  let some = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    if (text.count <= MOST_OF_AN_ERROR && failures.take(i, line)) continue;
    some ||= line.trim() !== '';
    out.noise(i);
  }
  failures.close(some);
}

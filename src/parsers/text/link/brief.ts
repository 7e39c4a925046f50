import { type LinkFields, nameOf } from './header.js';

/** Names of operstate that `ip` prints; unknown ones are numbers. */
const STATES: ReadonlySet<string> = new Set([
  'UNKNOWN',
  'NOTPRESENT',
  'DOWN',
  'LOWERLAYERDOWN',
  'TESTING',
  'DORMANT',
  'UP',
]);

/** Does a line of `ip -br` start so: a device and its state? */
export const isBriefHead = (words: readonly string[]): boolean =>
  words.length > 1 && STATES.has(words[1] ?? '') && !/[<>,()/]|:$/.test(words[0] ?? '');

/** Device and state of a line of `ip -br addr` or `ip -br link`. */
export function briefHead(words: readonly string[]): LinkFields | undefined {
  return isBriefHead(words) ? { ...nameOf(words[0] ?? ''), state: words[1] ?? '' } : undefined;
}

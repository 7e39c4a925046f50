import { decode } from '../../kit/index.js';

/** More host names than any collector merges into one log; a hostile file could name one per line. */
const MOST_HOSTS = 50;

const LEVEL = /^(?:trace|debug|info|notice|warn|warning|error|err|crit|critical|fatal|panic)$/i;

/** The distinct host columns of one log, compared as bytes: nearly every line names the host of the line before. */
export function hostTally(bytes: Uint8Array, report: (line: number, name: string) => void) {
  const known = new Set<string>();
  let lastFrom = 0;
  let lastTo = 0;
  return {
    see(line: number, from: number, to: number): void {
      const length = to - from;
      let same = length === lastTo - lastFrom;
      for (let i = 0; same && i < length; i++) same = bytes[from + i] === bytes[lastFrom + i];
      if (same) return;
      lastFrom = from;
      lastTo = to;
      // `Mar  8 15:18:40 avas: last message repeated 11 times`: old syslogd speaks for itself.
      const name = decode(bytes, from, Math.min(to, from + 253)).replace(/(?<!:):$/, '');
      if (known.size >= MOST_HOSTS || known.has(name) || !/^[\w.:-]+$/.test(name) || LEVEL.test(name)) return;
      known.add(name);
      report(line, name);
    },
    /** The host of the whole log, when there is one only. */
    only: (): string | undefined => (known.size === 1 ? [...known][0] : undefined),
  };
}

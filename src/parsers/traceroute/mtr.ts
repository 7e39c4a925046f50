import type { TracerouteFact, TracerouteHop } from '../../facts/index.js';
import { canonicalAddress, type Draft } from '../../kit/index.js';
import { reachedBy } from './probes.js';

/** One run of mtr while it is read. */
export interface MtrRun {
  readonly line: number;
  readonly target: string | undefined;
  source: string | undefined;
  address: string | undefined;
  readonly hops: TracerouteHop[];
}

export const newMtrRun = (line: number, target: string | undefined): MtrRun => ({
  line,
  target,
  source: undefined,
  address: canonicalAddress(target ?? ''),
  hops: [],
});

const TAKES_VALUE = /^-[a-zA-Z46]*[FIaifmUosBQcGPLZMyYN]$/;

/** Whom the command line asks for; reports don't say it. */
export function mtrTarget(argv: readonly string[]): string | undefined {
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (TAKES_VALUE.test(word)) i++;
    else if (!word.startsWith('-')) return word;
  }
  return undefined;
}

/** A report ends behind the target's own hop, or at mtr's longest way. */
export function mtrFact(run: MtrRun): Draft<TracerouteFact> {
  const { target, source, address, hops } = run;
  const reached = reachedBy(hops, address, 1);
  return {
    kind: 'traceroute',
    ...(target !== undefined && { target }),
    ...(address !== undefined && { address, family: address.includes(':') ? 6 : 4 }),
    ...(source !== undefined && { source }),
    hops,
    ...(reached !== undefined && { reached }),
  };
}

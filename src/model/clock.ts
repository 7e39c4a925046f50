import type { ClockFact } from '../facts/index.js';
import type { PlacedCapture } from '../kit/index.js';
import { DYNAMIC_SPREAD } from './epochs.js';

/** Captures of one block are of one moment; so are those of one node and round in it. */
const runOf = ({ block, place, round }: PlacedCapture): string | undefined =>
  place.kind === 'stack' ? `${block}\u0000${place.node}\u0000${round?.order ?? ''}` : undefined;

/**
 * What `date` printed dates the captures beside it: of the same block, node and round, unless several clocks in it tell different times.
 * Only where no capture dates itself: headers of iptables-save are in local time, and hours would seem to lie between the two.
 */
export function datedByClock(captures: readonly PlacedCapture[]): readonly PlacedCapture[] {
  if (captures.some((c) => c.time !== undefined)) return captures;
  const clocks = new Map<string, { first: number; last: number }>();
  for (const capture of captures) {
    const run = runOf(capture);
    if (run === undefined) continue;
    for (const fact of capture.facts) {
      const { kind, time } = fact as ClockFact;
      if (kind !== 'clock' || time === undefined) continue;
      const known = clocks.get(run) ?? { first: time, last: time };
      clocks.set(run, { first: Math.min(known.first, time), last: Math.max(known.last, time) });
    }
  }
  if (clocks.size === 0) return captures;
  return captures.map((capture) => {
    const clock = clocks.get(runOf(capture) ?? '');
    return clock && clock.last - clock.first <= DYNAMIC_SPREAD ? { ...capture, time: clock.first } : capture;
  });
}

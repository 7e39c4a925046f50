import type { IptablesSpec } from '../../facts/index.js';
import { readSpec, type SpecReading } from './spec.js';

/**
 * How many rule texts are held. A cluster of 5,000 services has some 60,000 of kube-proxy's; the rule texts that differ between nodes
 * are few.
 */
const MOST = 2 ** 17;

const held = new Map<string, IptablesSpec>();

/** The rule of one text; the same object for the same text, so that ten nodes with the same rules hold them once. */
export function sharedSpec(text: string): SpecReading {
  const known = held.get(text);
  if (known) return { kind: 'spec', spec: known };
  const reading = readSpec(text);
  if (reading.kind !== 'spec') return reading;
  // Counters differ from node to node; the rule without them is what is shared.
  if (reading.counters !== undefined) {
    const bare = sharedSpec(text.replace(COUNTERS, ''));
    return bare.kind === 'spec' && bare.counters === undefined ? { ...bare, counters: reading.counters } : reading;
  }
  if (held.size >= MOST) held.clear();
  held.set(text, reading.spec);
  return reading;
}

const COUNTERS = /(?:^| )(?:-c|--set-counters) \d+ \d+/;

import type { JsonBecause, ReachJson, ReachProbeJson } from './json.js';

/** One place where packets are lost, with all pairs that lose them there. */
export interface Cause {
  readonly because: JsonBecause;
  readonly pairs: readonly ReachProbeJson[];
}

const ADDRESS = /(?:\d{1,3}\.){3}\d{1,3}|[\da-f]*:[\da-f:]+/gi;

/** By the deciding line, or where there is none by what it says. */
function placeOf({ node, netns, step, device, reason, evidence }: JsonBecause): string {
  const [line] = evidence;
  return JSON.stringify([node, netns, step, device, line ? [line.file, line.line] : reason.replace(ADDRESS, '@')]);
}

/** Causes; the one that most pairs are lost by is first. */
export function causesOf({ probes }: ReachJson): readonly Cause[] {
  const byPlace = new Map<string, { because: JsonBecause; pairs: ReachProbeJson[] }>();
  for (const probe of probes) {
    if (!probe.because || (probe.verdict !== 'dropped' && probe.verdict !== 'partly')) continue;
    const key = placeOf(probe.because);
    const held = byPlace.get(key);
    if (held) held.pairs.push(probe);
    else byPlace.set(key, { because: probe.because, pairs: [probe] });
  }
  return [...byPlace.values()].sort((a, b) => b.pairs.length - a.pairs.length);
}

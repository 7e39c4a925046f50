import type { JsonBecause, ReachJson, ReachProbeJson } from './json.js';
import { byNumber } from './names.js';

/** One place where packets are lost, with all pairs that lose them there. */
export interface Cause {
  readonly because: JsonBecause;
  readonly pairs: readonly ReachProbeJson[];
}

/** Places that lose packets in one way: a sysctl that three nodes have wrong is one cause. */
export interface CauseGroup {
  /** The one that costs most pairs is first. */
  readonly causes: readonly [Cause, ...Cause[]];
  readonly nodes: readonly string[];
  /** The device, where it is the same at all places. */
  readonly device: string | null;
  readonly pairs: readonly ReachProbeJson[];
}

const ADDRESS = /(?:[\da-f]{2}:){5}[\da-f]{2}|(?:\d{1,3}\.){3}\d{1,3}|[\da-f]*:[\da-f:]+/gi;
/** A host's end of a pod's veth has a name of its own on each node, as the CNI plugins draw it. */
const DRAWN = /\b(veth|cali|lxc|eni|tap|azv|gke)[\da-f]{4,}/g;

/** By the deciding line, or where there is none by what it says. */
function placeOf({ node, netns, step, device, reason, evidence }: JsonBecause): string {
  const [line] = evidence;
  return JSON.stringify([node, netns, step, device, line ? [line.file, line.line] : reason.replace(ADDRESS, '@')]);
}

/** What would be told of it on another node. */
const mannerOf = ({ node, netns, step, reason }: JsonBecause): string =>
  JSON.stringify([
    netns !== '',
    step,
    reason.replaceAll(node, '@').replace(ADDRESS, '@').replace(DRAWN, '@').replace(/\d+/g, '0'),
  ]);

/** Where a probe loses packets: its own cause, and those of endpoints that are lost elsewhere. */
const becauses = ({ because, outcomes }: ReachProbeJson): readonly JsonBecause[] =>
  [because, ...outcomes.map((o) => o.because ?? null)].filter((b) => b !== null);

/** Causes; the one that most pairs are lost by is first. */
export function causesOf({ probes }: ReachJson): readonly Cause[] {
  const byPlace = new Map<string, { because: JsonBecause; pairs: Set<ReachProbeJson> }>();
  for (const probe of probes) {
    if (probe.verdict !== 'dropped' && probe.verdict !== 'partly') continue;
    for (const because of becauses(probe)) {
      const key = placeOf(because);
      const held = byPlace.get(key) ?? { because, pairs: new Set() };
      byPlace.set(key, held);
      held.pairs.add(probe);
    }
  }
  return [...byPlace.values()]
    .map(({ because, pairs }) => ({ because, pairs: [...pairs] }))
    .sort((a, b) => b.pairs.length - a.pairs.length);
}

const onlyOf = <T>(values: readonly T[]): T | undefined => (new Set(values).size === 1 ? values[0] : undefined);

/** Causes that differ in their place only are told together. */
export function groupsOf(causes: readonly Cause[]): readonly CauseGroup[] {
  const byManner = new Map<string, [Cause, ...Cause[]]>();
  for (const cause of causes) {
    const key = mannerOf(cause.because);
    const held = byManner.get(key);
    if (held) held.push(cause);
    else byManner.set(key, [cause]);
  }
  return [...byManner.values()]
    .map((group) => ({
      causes: group,
      nodes: [...new Set(group.map((c) => c.because.node))].sort(byNumber),
      device: onlyOf(group.map((c) => c.because.device)) ?? null,
      pairs: [...new Set(group.flatMap((c) => c.pairs))],
    }))
    .sort((a, b) => b.pairs.length - a.pairs.length);
}

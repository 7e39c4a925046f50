import type { JsonOutcome, JsonStep } from './json.js';
import { legsOf, stackTitle } from './words.js';

/** A stay of a packet in one stack. */
export interface Hop {
  readonly key: string;
  readonly title: string;
  /** In the order in which the packet meets them. */
  readonly devices: readonly string[];
  readonly steps: readonly JsonStep[];
  /** The tunnel in which it leaves, as the step of encapsulation tells it. */
  readonly tunnel?: string;
}

/** Whole: arrived; broken: dropped in its last stay; lost: nobody knows. */
export type End = 'whole' | 'broken' | 'lost';

export interface Lane {
  readonly direction: 'request' | 'reply' | 'ack' | 'data' | 'error';
  readonly end: End;
  readonly hops: readonly Hop[];
}

const keyOf = (s: JsonStep): string => `${s.node}\u0000${s.netns}`;

function hopOf(steps: readonly JsonStep[], inside: string | undefined): Hop {
  const [first] = steps;
  const devices: string[] = [];
  let tunnel = inside;
  for (const s of steps) {
    if (s.device !== null && devices.at(-1) !== s.device) devices.push(s.device);
    // Who has the address that is asked by name does not matter here.
    if (s.step === 'encapsulate') tunnel = s.decision.replace(/ \(.*$/, '');
    if (s.step === 'decapsulate') tunnel = undefined;
  }
  return {
    key: first ? keyOf(first) : '',
    title: first ? stackTitle(first) : '',
    devices,
    steps,
    ...(tunnel !== undefined && { tunnel }),
  };
}

/** The stays of a packet, one behind the other. */
export function hopsOf(steps: readonly JsonStep[]): readonly Hop[] {
  const groups: JsonStep[][] = [];
  for (const s of steps) {
    const last = groups.at(-1);
    if (last?.[0] && keyOf(last[0]) === keyOf(s)) last.push(s);
    else groups.push([s]);
  }
  const hops: Hop[] = [];
  for (const group of groups) hops.push(hopOf(group, hops.at(-1)?.tunnel));
  return hops;
}

/** Two legs that go the same way: through the same stacks and devices. */
export const isSameWay = (a: readonly Hop[], b: readonly Hop[]): boolean =>
  a.length === b.length && a.every((h, i) => h.key === b[i]?.key && h.devices.join() === b[i]?.devices.join());

/** What leaves all that was captured is at its receiver, from where the next leg comes. */
function arrival(steps: readonly JsonStep[], next: readonly JsonStep[] | undefined): readonly Hop[] {
  const [last, first] = [steps.at(-1), next?.[0]];
  if (!last || !first || last.step !== 'wire' || keyOf(last) === keyOf(first)) return [];
  return [{ key: keyOf(first), title: stackTitle(first), devices: [], steps: [] }];
}

const HEARD = { heard: 'whole', lost: 'broken', unknown: 'lost' } as const;

/**
 * How a leg ends. The packet that is lost is that of `because`, and whoever sent it may be told: then the error is the last leg, and ends
 * by whether it is heard.
 */
export function endOf(o: JsonOutcome, direction: Lane['direction'], isLast: boolean): End {
  if (o.verdict === 'delivered') return 'whole';
  if (!o.because) return isLast ? 'lost' : 'whole';
  if (direction === o.because.direction) return o.verdict === 'dropped' ? 'broken' : 'lost';
  if (direction !== 'error') return 'whole';
  return HEARD[o.because.heard?.verdict ?? 'heard'];
}

/** The legs of an outcome; the third packet of a handshake only where it goes or ends otherwise than the first. */
export function lanesOf(o: JsonOutcome): readonly Lane[] {
  const legs = legsOf(o);
  const way = hopsOf(o.request);
  return legs.flatMap(({ direction, steps }, i): readonly Lane[] => {
    const end = endOf(o, direction, i === legs.length - 1);
    const hops = hopsOf(steps);
    if (direction === 'ack' && end === 'whole' && isSameWay(hops, way)) return [];
    return [{ direction, end, hops: [...hops, ...(end === 'whole' ? arrival(steps, legs[i + 1]?.steps) : [])] }];
  });
}

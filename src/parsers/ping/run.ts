import type { PingFact, ProbeMessage } from '../../facts/index.js';
import { canonicalAddress, type Draft } from '../../kit/index.js';
import { mtuIn, probeErrorOf } from '../text/probe-error.js';

/** A long run against a dead target repeats its error for hours. */
const MOST_ERRORS = 1000;
const MOST_ANSWERERS = 16;

/** One run of ping while its lines are read. */
export interface Run {
  readonly line: number;
  target: string;
  address?: string;
  family?: 4 | 6;
  source?: string;
  dev?: string;
  size?: number;
  ttl?: number;
  transmitted?: number;
  received?: number;
  duplicates?: number;
  firstReply?: number;
  replies: number;
  /** Replies that bring an error: Windows counts them as received. */
  repliedErrors: number;
  readonly repliedBy: Set<string>;
  readonly errors: ProbeMessage[];
}

export const newRun = (line: number, target: string): Run => ({
  line,
  target,
  replies: 0,
  repliedErrors: 0,
  repliedBy: new Set(),
  errors: [],
});

export function addError(run: Run, what: string, line: number, from?: string): void {
  if (run.errors.length >= MOST_ERRORS) return;
  const mtu = mtuIn(what);
  run.errors.push({
    ...(from !== undefined && { from }),
    what: what.slice(0, 200),
    error: probeErrorOf(what),
    ...(mtu !== undefined && { mtu }),
    line,
  });
}

/** A reply of another host than the pinged one; multicast and broadcast have many. */
export function addAnswerer(run: Run, from: string | undefined): void {
  const own = run.address ?? canonicalAddress(run.target);
  if (from === undefined || own === undefined || from === own || run.repliedBy.size >= MOST_ANSWERERS) return;
  run.repliedBy.add(from);
}

/** The fact of a run. */
export function factOf(run: Run, dontFragment: boolean): Draft<PingFact> {
  const { target, address, source, dev, size, ttl, transmitted, received, duplicates, firstReply, errors } = run;
  return {
    kind: 'ping',
    target,
    family: run.family ?? ((address ?? target).includes(':') ? 6 : 4),
    received: received === undefined ? run.replies : Math.max(0, received - run.repliedErrors),
    complete: received !== undefined,
    errors,
    ...(address !== undefined && { address }),
    ...(source !== undefined && { source }),
    ...(dev !== undefined && { dev }),
    ...(transmitted !== undefined && { transmitted }),
    ...(duplicates !== undefined && { duplicates }),
    ...(size !== undefined && { size }),
    ...(dontFragment && { dontFragment }),
    ...(ttl !== undefined && { ttl }),
    ...(firstReply !== undefined && { firstReply }),
    ...(run.repliedBy.size > 0 && { repliedBy: [...run.repliedBy] }),
  };
}

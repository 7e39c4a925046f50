import type { At } from '../../kit/index.js';
import type { HookContext, RuleVerdict } from './types.js';

/** Queues that a rule names: one of them takes the packet, by its flow or by the processor. */
export interface Queues {
  readonly from: number;
  readonly to: number;
  readonly bypass: boolean;
}

/** `--queue-num 7`, `--queue-balance 0:3`; nft's `queue flags bypass to 0-3`. */
export function queuesOf(words: string | undefined, bypass: boolean): Queues | undefined {
  const [, from, to] = /^(\d+)(?:[:-](\d+))?$/.exec(words ?? '0') ?? [];
  return from === undefined ? undefined : { from: Number(from), to: Number(to ?? from), bypass };
}

/**
 * A program decides. Without one the packet is lost, or with `bypass` on its way to the next chain of the hook, not to the next rule (nf_queue,
 * __nf_queue, nfqnl_enqueue_packet).
 */
export function queued(c: HookContext, { from, to, bypass }: Queues, at: At): RuleVerdict {
  const { machine } = c;
  const input = `what listens on queue ${from}${to > from ? ` to ${to}` : ''}`;
  const heard = machine.facts('nf-queue').find((q) => q.queue >= from && q.queue <= to);
  if (heard) return { kind: 'unknown', missing: { node: machine.node, input, reason: 'unsupported', at: heard.at } };
  const missing = machine.missing('nf-queue', input);
  if (missing) return { kind: 'unknown', missing: { ...missing, at } };
  return bypass ? { kind: 'accept' } : { kind: 'drop', why: 'nobody listens on the queue' };
}

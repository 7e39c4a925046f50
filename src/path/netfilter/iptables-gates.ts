import type { IptablesMatch, IptablesOption } from '../../kit/index.js';
import type { Walk } from '../context.js';
import { LEAST, MOST } from './iptables-fields.js';
import { type Match, portRange } from './iptables-values.js';
import { isAnyLength } from './octets.js';
import { type Answer, unsupported } from './tri.js';
import type { HookContext } from './types.js';

/*
 * Matches that hold up to a count. How much of it is left no dump prints, but a rule's own counter tells how much this rule has used at most:
 * packets that came through it, since it was made or its counter was set back.
 */

/** The rule that a match stands in, as far as its matches ask for it. */
export interface RuleOf {
  /** Names the rule, for choices. */
  readonly key: string;
  readonly packets?: number;
  readonly octets?: number;
  /** Nothing behind the match can refuse what it took, so the rule's counter has all of that. */
  readonly isLast: boolean;
  /** It refuses what it takes: who is refused tries again, when a bucket has let through what it holds. */
  readonly refuses?: boolean;
  readonly backend?: 'nft' | 'legacy';
}

const passes = new WeakMap<Walk, Map<string, number>>();

/** How much of a rule's count this walk has used with this packet: a question and its answer are several. */
function usedBy(c: HookContext, { key }: RuleOf, amount: number): number {
  const own = passes.get(c.walk) ?? new Map<string, number>();
  passes.set(c.walk, own);
  const name = `${c.machine.id} ${key}`;
  const used = (own.get(name) ?? 0) + amount;
  own.set(name, used);
  return used;
}

const optionIn = ({ options }: IptablesMatch, ...names: readonly string[]): IptablesOption | undefined =>
  options.find((o) => names.includes(o.name));

function assumeCounted(c: HookContext, says: string): void {
  c.walk.assumptions.add(`${says} on ${c.machine.node}: its counter was never set back`);
}

/**
 * Octets that match, then none any more (xt_quota.c). The quota is printed as it was given. Each change of a table makes the rules of the old
 * interface anew, with whole quotas and the old counters, so that there a used up one may be whole again; the new one leaves them alone.
 */
export function quotaMatch(match: IptablesMatch, rule: RuleOf): Match {
  const option = optionIn(match, '--quota');
  const quota = Number(option?.values[0]);
  const open = unsupported('-m quota');
  const { octets, packets, backend, isLast } = rule;
  const left = octets === undefined ? undefined : quota - octets;
  return (c): Answer => {
    if (option === undefined || Number.isNaN(quota)) return open;
    const [least, most] = isAnyLength(c.packet) ? [LEAST, MOST] : [c.packet.size, c.packet.size];
    if (quota < least) return option.negated;
    if (option.negated) {
      if (backend !== 'nft' || !packets) return open;
      assumeCounted(c, 'a quota that was used up stays so');
      return true;
    }
    if (left === undefined || !isLast) return open;
    if (usedBy(c, rule, most) <= left) {
      assumeCounted(c, `a rule of ${quota} octets has used ${octets} of them`);
      return true;
    }
    return backend === 'nft' && left >= 0 && left < least ? false : open;
  };
}

const SECONDS: Readonly<Record<string, number>> = { sec: 1, min: 60, hour: 3600, day: 86_400 };
const DAY = 86_400;

/** `5/sec`, `10/minute`: a bucket of so many that takes longer to fill than a day is not what it says, for its numbers overflow (user2credits). */
function isWhole(rate: string, burst: number): boolean {
  const [, count, unit = ''] = /^(\d+)\/(sec|min|hour|day)/.exec(rate) ?? [];
  return count !== undefined && (burst * (SECONDS[unit] ?? DAY)) / Number(count) <= DAY;
}

/** A bucket that holds `burst` packets and is filled with time: each packet that matched took one (xt_limit.c, nft_limit.c). */
export function isBelow(c: HookContext, rule: RuleOf, rate: string, burst: number): boolean {
  if (!isWhole(rate, burst)) return false;
  if (rule.packets === undefined || !rule.isLast || rule.packets + usedBy(c, rule, 1) > burst) return false;
  assumeCounted(c, `a limit of ${burst} packets at once has let ${rule.packets} through`);
  return true;
}

export function limitMatch(match: IptablesMatch, rule: RuleOf): Match {
  // Five is what neither iptables nor its dumps say (XT_LIMIT_BURST).
  const burst = Number(optionIn(match, '--limit-burst')?.values[0] ?? 5);
  const rate = optionIn(match, '--limit')?.values[0] ?? '3/hour';
  const negated = match.options.some((o) => o.negated);
  return (c) =>
    !negated && ((!rule.refuses && isBelow(c, rule, rate, burst)) || isGenerous(c, rate))
      ? true
      : unsupported('-m limit');
}

/** Packets in a second that nobody reaches who asks for one connection. */
const GENEROUS = 100;

/** Is a rate so high that one who asks is below it, whatever else goes on? That nothing else uses it up is taken for granted. */
export function isGenerous(c: HookContext, rate: string): boolean {
  const [, count, unit = ''] = /^(\d+)\/(sec|min|hour|day)/.exec(rate) ?? [];
  if (count === undefined || Number(count) / (SECONDS[unit] ?? DAY) < GENEROUS) return false;
  c.walk.assumptions.add(`other traffic does not reach the limit of ${rate} on ${c.machine.node}`);
  return true;
}

/** A rule that takes what is too much, and has not taken anything yet: what is below a limit all the time is taken to be below it now. */
function isUnused(c: HookContext, rule: RuleOf, most: number): boolean {
  if (rule.packets !== 0 || !rule.isLast || usedBy(c, rule, 1) > most) return false;
  assumeCounted(c, 'a limit that no packet was ever above is not reached by this one');
  return true;
}

/** Is a packet not above a rate? None ever was, or the rate is one that nobody reaches and, as far as counted, nobody did. */
export const isNotAbove = (c: HookContext, rule: RuleOf, rate: string, burst: number): boolean =>
  isUnused(c, rule, burst) || ((rule.packets ?? 0) === 0 && isGenerous(c, rate));

/** Rules of one name and family share their buckets (htable_find_get). */
const isShared = ({ machine, packet }: HookContext, name: string): boolean =>
  machine
    .facts('iptables-table')
    .filter((t) => t.family === packet.src.family)
    .flatMap((t) => t.rules.text)
    .filter((text) => text.includes(`--hashlimit-name ${name}`)).length > 1;

/** A bucket for each address, and full for who has none yet (xt_hashlimit.c). */
export function hashlimitMatch(match: IptablesMatch, rule: RuleOf): Match {
  const upto = optionIn(match, '--hashlimit-upto', '--hashlimit');
  const above = optionIn(match, '--hashlimit-above');
  const burst = Number(optionIn(match, '--hashlimit-burst')?.values[0] ?? 5);
  const name = optionIn(match, '--hashlimit-name')?.values[0] ?? '';
  const rate = (upto ?? above)?.values[0] ?? '';
  const open = unsupported('-m hashlimit');
  // Octets, and rates instead of buckets.
  const isOther = /b\/s/.test(rate) || match.options.some((o) => o.negated || o.name === '--hashlimit-rate-match');
  return (c) => {
    if (isOther || Number.isNaN(burst)) return open;
    if (above) return isNotAbove(c, rule, rate, isWhole(rate, burst) ? burst : 0) ? false : open;
    const below = !rule.refuses && isBelow(c, rule, rate, burst) && !isShared(c, name);
    return upto && (below || isGenerous(c, rate)) ? true : open;
  };
}

/** A flow is one among those that its network has (xt_connlimit.c): how many others there are no dump tells. */
export function connlimitMatch(match: IptablesMatch, rule: RuleOf): Match {
  const above = optionIn(match, '--connlimit-above');
  const given = above ?? optionIn(match, '--connlimit-upto');
  const limit = Number(given?.values[0]);
  // Old versions print the second as the first, negated.
  const isAbove = (above !== undefined) !== (given?.negated === true);
  return (c) => {
    if (limit === 0) return isAbove;
    return isAbove && isUnused(c, rule, Number.POSITIVE_INFINITY) ? false : unsupported('-m connlimit');
  };
}

/** Matches that let a single packet through, or that hold but for what they count: presumed to, where nobody knows. */
export function isLikely({ name, options }: IptablesMatch): boolean {
  if (name === 'limit' || name === 'quota') return !options.some((o) => o.negated);
  return options.some((o) => /^--(?:hashlimit-upto|hashlimit|connlimit-upto)$/.test(o.name) && !o.negated);
}

/**
 * The length that TCP asks the other end for, in the options of a SYN and of its answer. What has no such option is no more than the answer
 * to a negated question (xt_tcpmss.c).
 */
export function tcpmssMatch(match: IptablesMatch): Match {
  const option = optionIn(match, '--mss');
  const range = portRange(option?.values[0] ?? '');
  return ({ packet }) => {
    if (!option || !range) return unsupported('-m tcpmss');
    if (packet.proto !== 'tcp') return false;
    if (packet.role !== 'request' && packet.role !== 'reply') return option.negated;
    if (packet.mss === undefined) return unsupported('-m tcpmss');
    return (packet.mss >= range[0] && packet.mss <= range[1]) !== option.negated;
  };
}

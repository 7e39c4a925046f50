import type { RecentEntry } from '../../facts/index.js';
import type { IptablesMatch, IptablesOption } from '../../kit/index.js';
import type { Walk } from '../context.js';
import { ipOf } from '../ip.js';
import type { Ip } from '../types.js';
import type { Match } from './iptables-values.js';
import { type Answer, unsupported } from './tri.js';
import type { HookContext } from './types.js';

/** Lists of kube-proxy's session affinity. Where an old client goes is among the outcomes of the choice that follows. */
export const AFFINITY = /^KUBE-SEP-/;

/** Does it put addresses into a list that something asks, or take them out? */
export const changesList = ({ name, options }: IptablesMatch): boolean =>
  name === 'recent' &&
  options.some((o) => /^--(?:set|update|remove)$/.test(o.name)) &&
  !options.some((o) => o.name === '--name' && AFFINITY.test(o.values[0] ?? ''));

/** What this very walk did to an address in a list: packets that it added, and whether what was captured is gone. */
interface Change {
  added: number;
  gone: boolean;
}

const changes = new WeakMap<Walk, Map<string, Change>>();

function changeOf(c: HookContext, list: string, address: string): Change {
  const own = changes.get(c.walk) ?? new Map<string, Change>();
  changes.set(c.walk, own);
  const key = `${c.machine.id} ${list} ${address}`;
  const change = own.get(key) ?? { added: 0, gone: false };
  own.set(key, change);
  return change;
}

/** How many packets of an address a list remembers, at least and at most, and the captured entry. */
interface Remembered {
  readonly least: number;
  readonly most: number;
}

/** The captured entry; null: the list has none; undefined: it was not captured. */
function entryIn(c: HookContext, list: string, address: string): RecentEntry | null | undefined {
  const captured = c.machine.facts('recent-list').find((f) => f.list === list);
  if (captured) return captured.entries.find((e) => e.address === address) ?? null;
  return c.machine.missing('recent-list', `list ${list} of -m recent`, { list }) ? undefined : null;
}

/** Packets that came within `--seconds`: those of this walk did; of older ones nobody knows, as a dump has no clock for jiffies. */
function remembered(change: Change, entry: RecentEntry | null | undefined, seconds: boolean): Remembered {
  const stamps = change.gone || entry === null ? 0 : (entry?.stamps ?? Number.POSITIVE_INFINITY);
  const known = entry !== undefined && !seconds ? stamps : 0;
  return { least: change.added + known, most: change.added + stamps };
}

const masked = (ip: Ip, mask: Ip | undefined): string =>
  mask?.family !== ip.family
    ? ip.text
    : (ipOf(ip.words.map((w, i) => dotted((w & (mask.words[i] ?? 0xffffffff)) >>> 0)).join('')) ?? ip).text;
const dotted = (word: number): string => [24, 16, 8, 0].map((bits) => (word >>> bits) & 0xff).join('.');

/**
 * Lists of addresses with the times of their packets (xt_recent.c recent_mt). What is put into a list matches, and negated does not.
 */
export function recentMatch({ options }: IptablesMatch): Match {
  const option = (name: string): IptablesOption | undefined => options.find((o) => o.name === name);
  const name = option('--name')?.values[0] ?? 'DEFAULT';
  const [set, remove, update] = [option('--set'), option('--remove'), option('--update')];
  const asks = option('--rcheck') ?? update ?? remove;
  const hits = Number(option('--hitcount')?.values[0] ?? 0) || 1;
  const seconds = option('--seconds') !== undefined;
  const mask = ipOf(option('--mask')?.values[0] ?? '');
  // Other masks of IPv6 are legal, and nobody writes them.
  const isOther = mask?.family === 6 && mask.words.some((w) => w !== 0xffffffff);
  return (c): Answer => {
    const open = unsupported(`-m recent --name ${name}`);
    const address = masked(option('--rdest') ? c.packet.dst : c.packet.src, mask);
    if (set) {
      changeOf(c, name, address).added++;
      return !set.negated;
    }
    if (asks && AFFINITY.test(name)) return asks.negated;
    if (!asks || isOther || option('--rttl')) return open;
    const change = changeOf(c, name, address);
    const { least, most } = remembered(change, entryIn(c, name, address), seconds && !remove);
    const enough = remove ? 1 : hits;
    const found = least >= enough ? true : most < enough ? false : undefined;
    if (found === undefined) return open;
    if (found && remove) Object.assign(change, { added: 0, gone: true });
    if (found && update && !asks.negated) change.added++;
    return found !== asks.negated;
  };
}

import type { XfrmPolicyFact } from '../../facts/index.js';
import { canonicalAddress, canonicalPrefix } from '../../kit/index.js';

/*
 * src 192.168.50.11 dst 192.168.50.12
 * 	proto esp spi 0xc1d5a0f3 reqid 1 mode tunnel
 *
 * iproute2 ip/ipxfrm.c: both commands start an entry with `src … dst …` at the line's start; what belongs to it is indented.
 */
const ENDS = /^(\s*)(?:tmpl |sel )?src (\S+) dst (\S+)(?:\s|$)/;
const ID = /(?:^|\s)proto (\S+) (?:spi (0x[\da-f]{1,8})(?:\(\d+\))? )?reqid (\d{1,10})(?:\(0x[\da-f]+\))? mode (\S+)/;

export interface Ends {
  readonly source: string;
  readonly destination: string;
  /** Starts an entry: no blanks before it. */
  readonly first: boolean;
}

/** `src A dst B`, as addresses or with `/length` as prefixes; 'masked' when one can't be read. */
export function endsOf(line: string, kind: 'address' | 'prefix'): Ends | 'masked' | undefined {
  const match = ENDS.exec(line);
  if (!match) return undefined;
  const read = kind === 'address' ? canonicalAddress : canonicalPrefix;
  const [source, destination] = [read(match[2] ?? ''), read(match[3] ?? '')];
  if (source === undefined || destination === undefined) return 'masked';
  return { source, destination, first: match[1] === '' };
}

export interface Id {
  readonly proto: string;
  readonly mode: string;
  readonly spi?: number;
  readonly reqid: number;
}

/** `proto esp spi 0xc1d5a0f3 reqid 1 mode tunnel` */
export function idOf(line: string): Id | undefined {
  const match = ID.exec(line);
  if (!match) return undefined;
  return {
    proto: match[1] ?? '',
    mode: match[4] ?? '',
    reqid: Number(match[3]),
    ...(match[2] !== undefined && { spi: Number(match[2]) }),
  };
}

/** Behind the ends of a policy's selector (iproute2 xfrm_selector_print): words of a kind and their value. */
const SELECTOR = /\s(proto|sport|dport|type|code|dev|key) (\S{1,32})/g;

/** What a policy asks for beside its ends: `proto tcp dport 80 dev eth0`. */
export function selectorOf(line: string): Pick<XfrmPolicyFact, 'selector'> {
  const selector: Record<string, string | number> = {};
  for (const [, word = '', value = ''] of line.slice(0, 400).matchAll(SELECTOR))
    selector[word] = word === 'proto' || word === 'dev' ? value : Number(value);
  return Object.keys(selector).length === 0 ? {} : { selector };
}

/** `mark 0x1/0xff` and `if_id 0x7` below a policy; undefined: neither stands there. */
export function conditionsOf(line: string): Pick<XfrmPolicyFact, 'mark' | 'ifId'> | undefined {
  const mark = /^\s+mark (0x[\da-f]{1,8}|\d{1,10})\/(0x[\da-f]{1,8}|\d{1,10})(?:\s|$)/.exec(line);
  const id = /(?:^|\s)if_id (0x[\da-f]{1,8}|\d{1,10})(?:\s|$)/.exec(line);
  if (!mark && !id) return undefined;
  return {
    ...(mark && { mark: { value: Number(mark[1]), mask: Number(mark[2]) } }),
    ...(id && { ifId: Number(id[1]) }),
  };
}

/** The first words of lines that belong to an entry and say nothing of whether its packets pass: keys, counters, lifetimes. */
const REST =
  /^\s+(?:replay-window|auth|auth-trunc|enc|aead|comp|encap|coa|lastused|anti-replay|seq-hi|seq |replay_window|crypto offload|mark|output-mark|if_id|iptfs-opts|tfcpad|level|enc-mask|security context|sel |lifetime|limit:|expire|stats:|proto|dir |priority|[\da-f]{8} |\d+\(bytes\)|add |use |dev |mtimer_thresh|seq\b|set-mark|\S+-mask |nat-|socket )/;

/** Lines that stand below an entry by declaration. */
export const isRest = (line: string): boolean => REST.test(line);

import type { NftChainFact, NftHook } from '../../facts/index.js';
import { type Draft, type NftReading, type NftRule, printNft, readNft } from '../../kit/index.js';

/** How many texts are held; see iptables/shared.ts. */
const MOST = 2 ** 17;

/** Normal forms by the text that a node's nft prints, counters left out: nodes of a cluster have the same rules. */
const known = new Map<string, { readonly text: string; readonly counted: boolean }>();
/** One string for all places that have the rule. */
const texts = new Map<string, string>();

function shared(text: string): string {
  const held = texts.get(text);
  if (held !== undefined) return held;
  if (texts.size >= MOST) texts.clear();
  texts.set(text, text);
  return text;
}

const COUNTER = /(^|[ \t])counter packets (\d{1,16}) bytes \d+/;
const HANDLE = / # handle \d+$/;

/** What is kept of a rule. */
export interface KeptRule {
  readonly text: string;
  readonly packets?: number;
}

/** A rule that is read already, or the reading of its text. Only the first of equal rules is read. */
export function keptRule(line: string): KeptRule | Extract<NftReading, { kind: 'gap' }> {
  const raw = line.replace(HANDLE, '');
  const counter = COUNTER.exec(raw);
  const plain = counter !== null && !raw.slice(0, counter.index).includes('comment "');
  const bare = plain ? raw.replace(COUNTER, '$1counter packets 0 bytes 0') : raw;
  const held = known.get(bare);
  const count = Number(counter?.[2]);
  if (held) return { text: held.text, ...(held.counted && plain && { packets: count }) };
  const reading = readNft(raw);
  if (reading.kind === 'gap') return reading;
  const { packets } = reading.rule;
  const text = shared(printNft(reading.rule));
  if (known.size >= MOST) known.clear();
  if (plain || packets === undefined) known.set(bare, { text, counted: packets !== undefined });
  return { text, ...(packets !== undefined && { packets }) };
}

export const keptOf = (rule: NftRule): KeptRule => ({
  text: shared(printNft(rule)),
  ...(rule.packets !== undefined && { packets: rule.packets }),
});

/** A chain as far as it is read. */
export interface Chain {
  /** Line index of its head. */
  readonly line: number;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  base?: NftHook;
  comment?: string;
  readonly text: string[];
  readonly runs: { readonly rule: number[]; readonly line: number[] };
  readonly packets: (number | null)[];
  nextLine: number;
}

export const newChain = (line: number, family: string, table: string, chain: string): Chain => ({
  line,
  family,
  table,
  chain,
  text: [],
  runs: { rule: [], line: [] },
  packets: [],
  nextLine: -1,
});

/** `line` counts from 1 in the file. */
export function addRule(chain: Chain, line: number, rule: KeptRule): void {
  if (line !== chain.nextLine) {
    chain.runs.rule.push(chain.text.length);
    chain.runs.line.push(line);
  }
  chain.nextLine = line + 1;
  chain.text.push(rule.text);
  chain.packets.push(rule.packets ?? null);
}

/** `rules`: does the command show them? */
export function chainFact(chain: Chain, rules: boolean): Draft<NftChainFact> {
  const { family, table, base, comment, text, runs, packets } = chain;
  return {
    kind: 'nft-chain',
    family,
    table,
    chain: chain.chain,
    ...(base && { base }),
    ...(comment !== undefined && { comment }),
    ...(rules && { rules: { text, runs, ...(packets.some((p) => p !== null) && { packets }) } }),
  };
}

import type { NftChainFact } from '../../facts/index.js';
import { type At, at, fileOf, type NftRule, readNft } from '../../kit/index.js';

/** A rule of a chain, and where it stands. */
export interface PlacedNftRule {
  readonly rule: NftRule;
  readonly at: At;
}

/** Line of the rule with that index. */
function lineOf(
  { rule, line }: { readonly rule: readonly number[]; readonly line: readonly number[] },
  i: number,
): number {
  const run = rule.findLastIndex((first) => first <= i);
  return (line[run] ?? 0) + i - (rule[run] ?? 0);
}

/** The rules that `wanted` picks by their text, so that only those are read. */
export function* eachNftRule(
  chains: readonly NftChainFact[],
  wanted: (text: string, chain: NftChainFact) => boolean,
): Generator<PlacedNftRule> {
  for (const chain of chains)
    for (const [i, text] of (chain.rules?.text ?? []).entries()) {
      if (!chain.rules || !wanted(text, chain)) continue;
      const reading = readNft(text);
      if (reading.kind === 'rule') yield { rule: reading.rule, at: at(fileOf(chain.at), lineOf(chain.rules.runs, i)) };
    }
}

import type { NftChainFact } from '../../facts/index.js';
import { type At, at, fileOf, type NftRule, readNft } from '../../kit/index.js';
import { lineIn } from './runs.js';

/** A rule of a chain, and where it stands. */
export interface PlacedNftRule {
  readonly rule: NftRule;
  readonly at: At;
}

/** Where the rule with that index stands. */
export function nftRuleAt({ at: chain, rules }: NftChainFact, i: number): At {
  return at(fileOf(chain), rules ? lineIn(rules.runs.rule, rules.runs.line, i) : 0);
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
      if (reading.kind === 'rule') yield { rule: reading.rule, at: nftRuleAt(chain, i) };
    }
}

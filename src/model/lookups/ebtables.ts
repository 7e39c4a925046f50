import type { ArptablesTableFact, EbtablesTableFact } from '../../facts/index.js';
import { type At, at, fileOf } from '../../kit/index.js';

/** One rule of ebtables or arptables. */
export interface FrameRule {
  readonly chain: string;
  /** As printed, without number and counters. */
  readonly text: string;
  /** What it does: `DROP`, `ACCEPT`, a chain's name. */
  readonly target: string;
  readonly packets?: number;
  readonly at: At;
}

const TARGET = /(?:^| )-j (\S+)/;

/** The rules of one chain in their order, or of all. */
export function frameRulesOf(fact: EbtablesTableFact | ArptablesTableFact, chain?: string): readonly FrameRule[] {
  const { rules, chains } = fact;
  const out: FrameRule[] = [];
  let run = 0;
  for (const [i, text] of rules.text.entries()) {
    if ((rules.runs.rule[run + 1] ?? Number.POSITIVE_INFINITY) <= i) run++;
    const name = chains.name[rules.chain[i] ?? -1] ?? '';
    if (chain !== undefined && name !== chain) continue;
    const line = (rules.runs.line[run] ?? 0) + i - (rules.runs.rule[run] ?? 0);
    const packets = rules.packets?.[i];
    out.push({
      chain: name,
      text,
      // A rule of ebtables without a target goes on with the next one.
      target: TARGET.exec(text)?.[1] ?? 'CONTINUE',
      ...(typeof packets === 'number' && { packets }),
      at: at(fileOf(fact.at), line),
    });
  }
  return out;
}

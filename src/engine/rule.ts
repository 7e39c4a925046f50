import type { Kind } from '../facts/index.js';
import type { Fact } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import type { EvidenceDraft, FindingDraft, Rule, RuleSpec, UnknownDraft } from './types.js';

/**
 * Checks the types of a rule where it is written: `check` sees the kinds in `needs` and `uses` and nothing else. The types are
 * folded away in the result so that a list of rules needs no `any`.
 */
export function defineRule<const N extends Kind, const U extends Kind = never, O extends object = Record<never, never>>(
  spec: RuleSpec<N, U, O>,
): Rule {
  return spec as unknown as Rule;
}

/** A finding; mistakes in it are reported at the wrong property and not at the method's name. */
export const finding = (draft: Omit<FindingDraft, 'kind'>): FindingDraft => ({ kind: 'finding', ...draft });

/** A question that stays open, and why. */
export const unknown = (missing: Missing): UnknownDraft => ({ kind: 'unknown', ...missing });

/** A fact as evidence, with a note when the line alone does not say what it shows. */
export const shows = (fact: Pick<Fact, 'at'>, note?: string): EvidenceDraft =>
  note === undefined ? { at: fact.at } : { at: fact.at, note };

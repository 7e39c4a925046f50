import type { Finding } from '../engine/report.js';

/** A finding and those that it explains, directly or through others. */
export interface Cause {
  readonly finding: Finding;
  readonly effects: readonly Finding[];
}

/**
 * Folds effects under their cause. The report lists causes first, so a parent that is not there yet is hidden, or part of a circle:
 * then the finding stands for itself. An effect of two causes is shown once, below the graver one.
 */
export function causesOf(findings: readonly Finding[]): readonly Cause[] {
  const roots: { finding: Finding; effects: Finding[] }[] = [];
  const rootOf = new Map<string, (typeof roots)[number]>();
  for (const finding of findings) {
    const parent = finding.causedBy.map((f) => rootOf.get(f)).find((r) => r !== undefined);
    const own = parent ?? { finding, effects: [] };
    if (parent) parent.effects.push(finding);
    else roots.push(own);
    rootOf.set(finding.fingerprint, own);
  }
  return roots;
}

/** `breaks 8 of 75 paths`, where the walk shows any. */
export function brokenPaths({ explains }: Finding, walked: number | null): string | undefined {
  const { pathsBroken, pathsRestored } = explains;
  if (pathsBroken === null || pathsBroken === 0 || walked === null) return undefined;
  const restored =
    pathsRestored === null ? '' : `, ${pathsRestored} of which work again in the model once it is repaired`;
  return `breaks ${pathsBroken} of ${walked} paths${restored}`;
}

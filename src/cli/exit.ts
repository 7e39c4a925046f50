import type { Report } from '../engine/report.js';
import type { Severity } from '../engine/types.js';
import { isAtLeast } from '../report/index.js';

export interface Verdict {
  readonly report: Report;
  readonly failOn: Severity | 'never';
  /** A parser crashed. */
  readonly crashed: boolean;
  /** Some input could not be read to its end, or at all. */
  readonly damaged: boolean;
  readonly allowEmpty: boolean;
}

/**
 * 2: we failed (a crash of a rule or parser); 1: findings at or above `failOn`; 3: the input was unreadable, cut or capped, or nothing
 * in it was recognised; 0: none of these. The first that holds.
 */
export function exitCode({ report, failOn, crashed, damaged, allowEmpty }: Verdict): 0 | 1 | 2 | 3 {
  if (crashed || report.summary.crashed > 0) return 2;
  if (failOn !== 'never' && report.findings.some((f) => isAtLeast(f.severity, failOn))) return 1;
  if (damaged || (report.summary.captures === 0 && !allowEmpty)) return 3;
  return 0;
}

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

export interface Walked {
  readonly verdicts: readonly ('delivered' | 'dropped' | 'partly' | 'unknown')[];
  readonly failOn: 'partly' | 'dropped' | 'never';
  readonly crashed: boolean;
  readonly damaged: boolean;
}

/**
 * As of a lint, for walks: 2: we failed; 1: packets are lost; 3: the input was unreadable, cut or capped, or does not tell the way of
 * any packet that was asked for; 0: none of these.
 */
export function walkExitCode({ verdicts, failOn, crashed, damaged }: Walked): 0 | 1 | 2 | 3 {
  if (crashed) return 2;
  if (failOn !== 'never' && verdicts.some((v) => v === 'dropped' || (v === 'partly' && failOn === 'partly'))) return 1;
  return damaged || verdicts.every((v) => v === 'unknown') ? 3 : 0;
}

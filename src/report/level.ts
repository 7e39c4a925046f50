import type { Report } from '../engine/report.js';
import type { Severity } from '../engine/types.js';
import { isAtLeast, plural } from './options.js';

/** The report with the findings at or above `level`; what is hidden is counted in a note, the summary stays whole. */
export function atLevel(report: Report, level: Severity): Report {
  const findings = report.findings.filter((f) => isAtLeast(f.severity, level));
  const hidden = report.findings.length - findings.length;
  if (hidden === 0) return report;
  const note = `${plural(hidden, 'finding')} below ${level} ${hidden === 1 ? 'is' : 'are'} hidden by --level ${level}`;
  return { ...report, findings, notes: [...report.notes, note] };
}

import { exitCode, type Verdict } from '../../src/cli/exit.js';
import { cause, reportOf } from '../report/fixtures.js';

const verdict = (over: Partial<Verdict>): Verdict => ({
  report: reportOf([]),
  failOn: 'error',
  crashed: false,
  damaged: false,
  allowEmpty: false,
  ...over,
});
const warning = { ...cause, severity: 'warning' as const };
const empty = reportOf([], { summary: { captures: 0 } });

test.each<[string, number, Partial<Verdict>]>([
  ['clean', 0, {}],
  ['an error', 1, { report: reportOf([cause]) }],
  ['a warning', 0, { report: reportOf([warning]) }],
  ['a warning that fails', 1, { report: reportOf([warning]), failOn: 'warning' }],
  ['an error that does not fail', 0, { report: reportOf([cause]), failOn: 'never' }],
  ['cut input', 3, { damaged: true }],
  ['findings in cut input', 1, { damaged: true, report: reportOf([cause]) }],
  ['nothing recognised', 3, { report: empty }],
  ['nothing recognised, allowed', 0, { report: empty, allowEmpty: true }],
  ['cut input is not forgiven', 3, { damaged: true, allowEmpty: true }],
  ['a parser crashed', 2, { crashed: true, report: reportOf([cause]) }],
  ['a rule crashed', 2, { report: reportOf([cause], { summary: { crashed: 1 } }) }],
])('%s: %i', (_, code, over) => expect(exitCode(verdict(over))).toBe(code));

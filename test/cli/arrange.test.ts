import { arrange, VALUE_FLAGS } from '../../src/cli/arrange.js';
import { configFlags, lintFlags } from '../../src/cli/flags.js';

const COMMANDS = ['lint', 'triage', 'rules', 'model'];

test.each([
  ['case.tgz', 'lint case.tgz'],
  ['--level error case.tgz', 'lint --level error case.tgz'],
  ['--level error triage case.tgz', 'triage --level error case.tgz'],
  ['-f json=rules case.tgz', 'lint -f json=rules case.tgz'],
  ['-f json triage', 'triage -f json'],
  ['rules', 'rules'],
  ['./rules', 'lint ./rules'],
  ['-', 'lint -'],
  ['-- triage', 'lint -- triage'],
  ['', 'lint'],
  ['--print-config', 'lint --print-config'],
  ['--help', '--help'],
  ['-h', '--help'],
  ['help', '--help'],
  ['help lint', 'lint --help'],
  ['case.tgz --help', 'lint case.tgz --help'],
])('dumplint %s', (given, expected) => {
  expect(arrange(given.split(' ').filter(Boolean), COMMANDS).join(' ')).toBe(expected);
});

test('every flag of lint that takes a value is known', () => {
  const valued = Object.entries({ ...lintFlags, ...configFlags }).filter(([, flag]) => flag.type === 'option');
  for (const [name, flag] of valued) {
    expect(VALUE_FLAGS).toContain(`--${name}`);
    if (flag.char !== undefined) expect(VALUE_FLAGS).toContain(`-${flag.char}`);
  }
});

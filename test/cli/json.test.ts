import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { BROKEN, dumplint, root } from './built.js';

const ajv = new Ajv2020({ allErrors: true, validateFormats: false });

test.each([
  ['coverage', ['--json'], 'rules'],
  ['needs', ['--json'], 'unsettled'],
  ['model', [], 'facts'],
])('%s as JSON keeps to its shipped schema', (command, flags, part) => {
  const isAnswer = ajv.compile(JSON.parse(readFileSync(join(root, `schema/${command}-1.json`), 'utf8')));
  for (const input of [BROKEN, 'no/such/file']) {
    const answer = JSON.parse(dumplint([command, input, ...flags]).stdout);
    isAnswer(answer);
    expect(isAnswer.errors).toBeNull();
    expect(answer.schema).toBe(`dumplint/${command}@1`);
    expect(isAnswer({ ...answer, [part]: undefined })).toBe(false);
    expect(isAnswer({ ...answer, more: 1 })).toBe(false);
  }
});

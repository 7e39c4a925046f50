import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { lint } from '../../src/index.js';
import { toJson } from '../../src/report/json.js';
import { reportJsonSchema } from '../../src/report/schema.js';
import { cause, effect, HOSTILE, reportOf } from './fixtures.js';

const root = join(import.meta.dirname, '..', '..');
const ajv = new Ajv2020({ allErrors: true, validateFormats: false });
const validate = ajv.compile(JSON.parse(readFileSync(join(root, 'schema/report-1.json'), 'utf8')));

test.each(['cni0-forwarding-off', 'healthy'])(
  'the report of samples/bundles/%s keeps to the shipped schema',
  async (name) => {
    const report: unknown = JSON.parse(toJson(await lint([join(root, 'samples/bundles', name)], { version: '0.1.0' })));
    validate(report);
    expect(validate.errors).toBeNull();
  },
);

test('the report of an input that is not there keeps to the schema', async () => {
  validate(JSON.parse(toJson(await lint(['no/such/file']))));
  expect(validate.errors).toBeNull();
});

test('the schema is strict', () => {
  expect(validate(reportOf([cause, effect]))).toBe(true);
  expect(validate({ ...reportOf([cause]), more: 1 })).toBe(false);
  expect(validate(reportOf([{ ...cause, evidence: [] as unknown as typeof cause.evidence }]))).toBe(false);
});

test('schema/report-1.json is what the types say', () => {
  expect(JSON.parse(readFileSync(join(root, 'schema/report-1.json'), 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(reportJsonSchema())),
  );
});

test('unsafe characters are escaped, the value is untouched', () => {
  const text = toJson({ HOSTILE });
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
  expect(JSON.parse(text)).toEqual({ HOSTILE });
});

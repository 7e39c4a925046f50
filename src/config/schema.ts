import * as z from 'zod';
import type { Rule } from '../engine/types.js';

const severity = z.enum(['error', 'warning', 'info']);
const setting = z.enum(['off', 'error', 'warning', 'info']);
const reason = z.string().trim().min(1).describe('Why this finding is accepted; it is printed with the report.');

/** A rule's entry, whatever its options are. */
const anyEntry = z.union([
  setting,
  z.strictObject({ severity: setting.optional(), options: z.record(z.string(), z.unknown()).optional() }),
]);

const byFingerprint = z.strictObject({
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/, 'must be the 16 hex digits of a finding'),
  reason,
});
const byRule = z.strictObject({
  rule: z.string(),
  node: z.string().optional(),
  subject: z.string().optional(),
  reason,
});

export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  rules: z.record(z.string(), anyEntry).optional().describe('By rule id: off, a severity, or { severity, options }.'),
  suppress: z
    .array(z.union([byFingerprint, byRule]))
    .optional()
    .describe('Findings that are accepted, each with the reason.'),
  failOn: z
    .enum(['error', 'warning', 'info', 'never'])
    .optional()
    .describe('Exit 1 when there are findings of this severity or above; default: error.'),
  level: severity.optional().describe('Show findings of this severity and above; default: info.'),
  bundles: z
    .array(z.string().min(1))
    .optional()
    .describe('What is linted when no path is given; relative to this file. All of them are one cluster.'),
  ruleModules: z
    .array(z.string().min(1))
    .optional()
    .describe("Files (relative to this one) or packages with rules of one's own."),
});

export type ConfigFile = z.infer<typeof configSchema>;

/** JSON Schema of one rule's options. */
export const optionsSchema = (rule: Rule): object =>
  rule.options ? z.toJSONSchema(rule.options.schema(z), { unrepresentable: 'any', io: 'input' }) : {};

/** The options of a rule: what is wrong with them, as zod says it. */
export const parseOptions = (rule: Rule, value: unknown): z.ZodSafeParseResult<unknown> =>
  (rule.options ?? noOptions).schema(z).safeParse(value);
const noOptions = { schema: (zod: typeof z) => zod.strictObject({}) };

/** The configuration's JSON Schema, with the options of each rule spelled out. Ids of a user's own rules stay possible. */
export function configJsonSchema(rules: readonly Rule[]): object {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as { properties: Record<string, unknown> };
  const severities = ['off', 'error', 'warning', 'info'];
  const entry = (rule: Rule) => {
    const { $schema: _, ...options } = optionsSchema(rule) as Record<string, unknown>;
    const properties = { severity: { enum: severities }, ...(rule.options && { options }) };
    return {
      description: rule.title,
      anyOf: [{ enum: severities }, { type: 'object', properties, additionalProperties: false }],
    };
  };
  const generic = (schema.properties.rules as { additionalProperties: unknown }).additionalProperties;
  return {
    ...schema,
    title: 'dumplint configuration',
    properties: {
      ...schema.properties,
      rules: {
        description: 'By rule id: off, a severity, or { severity, options }.',
        type: 'object',
        properties: Object.fromEntries(rules.map((r) => [r.id, entry(r)])),
        additionalProperties: generic,
      },
    },
  };
}

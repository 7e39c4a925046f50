/** The report's shape as zod says it, for the JSON Schema that the package ships. Nothing else loads this file. */
import * as z from 'zod';
import type { Report } from '../engine/report.js';
import { REASONS } from '../kit/index.js';

const count = z.int().min(0);
const severity = z.enum(['error', 'warning', 'info']);
const reason = z.enum(REASONS);
const time = z.iso.datetime().nullable();
const fingerprint = z.string().regex(/^[0-9a-f]{16}$/);

/** In JSON Schema an array of at least one; a tuple with a rest would allow none. */
const nonEmpty = <T extends z.ZodType>(item: T) =>
  z.array(item).min(1) as unknown as z.ZodType<[z.infer<T>, ...z.infer<T>[]]>;

const place = {
  file: z.string().describe('Whole path with !/ at each archive level.'),
  line: z.int().min(1).describe('Line in the decoded file, from 1.'),
};
const evidence = z.strictObject({
  ...place,
  text: z.string().describe('The line itself; empty when it could not be read again.'),
  note: z.string().exactOptional().describe('What the line shows, when it does not say it by itself.'),
});
const saidBy = z.strictObject({ ...evidence.shape, says: z.string() });

const missing = z.strictObject({
  node: z.string().exactOptional(),
  input: z.string(),
  reason,
  detail: z.string().exactOptional(),
  file: z.string().exactOptional(),
  line: z.int().exactOptional(),
  command: z.string().exactOptional().describe('Read-only command that would supply it.'),
});

const finding = z.strictObject({
  rule: z.string(),
  severity,
  confidence: z.enum(['certain', 'likely', 'possible']),
  nodes: nonEmpty(z.string()),
  subject: z.string(),
  message: z.string(),
  evidence: nonEmpty(evidence),
  laterEvidence: z.array(evidence).describe('Later or indirect evidence that may tell otherwise.'),
  fix: z.strictObject({ summary: z.string(), commands: z.array(z.string()) }),
  fingerprint: fingerprint.describe('Over rule, nodes and subject: stable across line numbers and times.'),
  causedBy: z.array(fingerprint),
  explains: z.strictObject({
    findings: count,
    pathsBroken: count.nullable().describe('null: no packet walk was made.'),
    pathsRestored: count
      .nullable()
      .describe('Of the broken ones, how many the walk delivers with the repair made in the model. null: not tried.'),
  }),
});

const outcome = z.strictObject({
  id: z.string(),
  outcome: z.enum(['found', 'clean', 'not-assessed', 'crashed']),
  applicable: z.boolean(),
  missing: z.array(missing),
  error: z.string().exactOptional(),
});

const node = z.strictObject({
  name: z.string(),
  aliases: z.array(z.string()),
  kubernetesName: z.string().nullable(),
  confidence: z.enum(['certain', 'likely']),
  addresses: z.array(z.string()),
  evidence: z.array(saidBy),
});

const capture = z.strictObject({
  command: z.string(),
  commandLine: z.string().nullable(),
  node: z.string().nullable().describe('null: belongs to the cluster.'),
  netns: z.string().describe('Empty: the node itself.'),
  ...place,
  lines: count,
  completeness: z.enum(['full', 'filtered', 'truncated']),
  because: z.string().nullable(),
  status: z.enum(['present', ...REASONS]),
  time,
  facts: count.describe('Lines that became part of a fact; facts + noise + gaps = lines.'),
  noise: count,
  gaps: count,
  bytes: count.describe('Of the decoded text; 0 where another capture of the same lines has them.'),
});

const coverage = z.strictObject({
  captures: z.array(capture),
  gaps: z.array(z.strictObject({ ...place, text: z.string(), reason: z.string(), command: z.string() })),
  gapsOmitted: count,
  unread: z.array(
    z.strictObject({
      file: z.string(),
      line: z.int().exactOptional(),
      lines: z.int().exactOptional(),
      reason: z.string(),
      detail: z.string(),
    }),
  ),
  inputs: z
    .array(
      z.strictObject({
        node: z.string().nullable(),
        input: z.string(),
        status: z.enum(['present', ...REASONS]),
        because: z.string().nullable(),
        command: z.string().nullable().describe('Read-only command that supplies it.'),
      }),
    )
    .describe('Per node (null: the cluster) and input: was it captured.'),
  bytes: z
    .strictObject({ total: count, facts: count, noise: count, gaps: count, unread: count })
    .describe('facts + noise + gaps + unread = total, in bytes of decoded text; files that were not opened as stored.'),
});

const COUNTS = [
  'errors',
  'warnings',
  'infos',
  'causes',
  'symptoms',
  'clean',
  'notAssessed',
  'notApplicable',
  'crashed',
  'files',
  'captures',
  'unread',
  'gaps',
] as const;

const bundle = z.strictObject({
  paths: z.array(z.string()),
  layout: z.string(),
  nodes: z.array(node),
  from: time,
  to: time,
});

export const reportSchema = z.strictObject({
  schema: z.literal('dumplint/report@1'),
  tool: z.strictObject({ name: z.literal('dumplint'), version: z.string(), ruleset: z.string() }),
  bundle,
  topology: z.strictObject({
    summary: z.string(),
    nodes: z.array(z.string()),
    devices: z.array(
      z.strictObject({ node: z.string(), name: z.string(), kind: z.string(), addresses: z.array(z.string()) }),
    ),
    links: z.array(z.strictObject({ from: z.string(), to: z.string(), kind: z.string() })),
  }),
  findings: z.array(finding).describe('Causes first, their effects behind them.'),
  suppressed: z.array(z.strictObject({ fingerprint, rule: z.string(), reason: z.string() })),
  rules: z.array(outcome),
  coverage,
  notes: z.array(z.string()),
  summary: z.strictObject({
    ...(Object.fromEntries(COUNTS.map((c) => [c, count])) as { [K in (typeof COUNTS)[number]]: typeof count }),
    pathsWalked: count.nullable().describe('Pairs of ends whose way was walked; null: no packet walk was made.'),
  }),
});

/** Fails to compile when the schema and the type say different things. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
export const reportSchemaFits: Same<z.infer<typeof reportSchema>, Mutable<Report>> = true;

export const reportJsonSchema = (): object => ({ ...z.toJSONSchema(reportSchema), title: 'dumplint report' });

const coverageAnswer = z.strictObject({
  schema: z.literal('dumplint/coverage@1'),
  bundle,
  coverage,
  rules: z
    .array(z.strictObject({ id: z.string(), missing: nonEmpty(missing) }))
    .describe('Those that apply and could not look everywhere.'),
});
export const coverageJsonSchema = (): object => ({ ...z.toJSONSchema(coverageAnswer), title: 'dumplint coverage' });

const needsAnswer = z.strictObject({
  schema: z.literal('dumplint/needs@1'),
  bundle,
  needs: z.array(
    z.strictObject({
      node: z
        .string()
        .nullable()
        .describe('null: of what asks the cluster once; of all else on every node, none of which is known.'),
      command: z.string().describe('Read-only.'),
      inputs: z.array(z.string()),
      rules: z.array(z.string()),
    }),
  ),
  unsettled: z
    .array(
      z.strictObject({
        input: z.string(),
        why: z.string(),
        nodes: z.array(z.string()),
        rules: z.array(z.string()),
      }),
    )
    .describe('What no command on a node settles.'),
});
export const needsJsonSchema = (): object => ({ ...z.toJSONSchema(needsAnswer), title: 'dumplint needs' });

const modelAnswer = z.strictObject({
  schema: z.literal('dumplint/model@1'),
  layout: z.string(),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      aliases: z.array(z.string()),
      kubernetesName: z.string().nullable(),
      addresses: z.array(z.string()),
      stacks: z.array(z.string()).describe('Network namespaces; empty: the node itself.'),
    }),
  ),
  facts: z
    .array(
      z.looseObject({
        node: z.string().nullable().describe('null: of the cluster.'),
        netns: z.string(),
        kind: z.string(),
        file: z.string(),
        line: place.line,
      }),
    )
    .describe('All that was read, also what a later capture replaced. What else a fact has goes by its kind.'),
});
export const modelJsonSchema = (): object => ({ ...z.toJSONSchema(modelAnswer), title: 'dumplint model' });

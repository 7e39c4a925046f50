/** The shapes of walks as zod says them, for the JSON Schemas that the package ships. Nothing else loads this file. */
import * as z from 'zod';
import { REASONS } from '../../kit/index.js';
import type { ReachJson, TraceJson } from './json.js';

const count = z.int().min(0);
const verdict = z.enum(['delivered', 'dropped', 'partly', 'unknown']);
const proto = z.enum(['icmp', 'tcp', 'udp']);
const direction = z.enum(['request', 'reply', 'ack', 'data', 'error']);

const evidence = z.strictObject({
  file: z.string().describe('Whole path with !/ at each archive level.'),
  line: z.int().min(1).describe('Line in the decoded file, from 1.'),
  text: z.string().describe('The line itself; empty when it could not be read again.'),
  note: z.string().exactOptional(),
});

const missing = z.strictObject({
  node: z.string().exactOptional(),
  input: z.string(),
  reason: z.enum(REASONS),
  detail: z.string().exactOptional(),
  file: z.string().exactOptional(),
  line: z.int().exactOptional(),
  command: z.string().exactOptional().describe('Read-only, supplies it.'),
});

const heard = z.strictObject({
  verdict: z.enum(['heard', 'lost', 'unknown']),
  because: z.string().exactOptional().describe('Where the error is lost, or what is not known.'),
});

const because = z.strictObject({
  direction: direction.describe('Which packet was lost.'),
  step: z.string(),
  node: z.string(),
  netns: z.string().describe("Empty: the node's own namespace."),
  device: z.string().nullable(),
  reason: z.string(),
  answer: z.string().nullable().describe('What the sender is told; null: nothing.'),
  heard: heard.nullable().describe('Does the one who asks get to hear it? null: it is not for them, or there is none.'),
  evidence: z.array(evidence).describe('The deciding lines; empty when only the absence of a line decides.'),
});

const step = z.strictObject({
  step: z.string(),
  node: z.string(),
  netns: z.string(),
  device: z.string().nullable(),
  decision: z.string(),
  evidence: z.array(evidence),
});

const seenSource = z
  .string()
  .nullable()
  .describe('Source address as the receiver sees it; null: nobody receives, or it differs.');

const outcome = z.strictObject({
  endpoint: z.string(),
  share: z.number().min(0),
  verdict: z.enum(['delivered', 'dropped', 'unknown']),
  because: because.nullable(),
  seenSource,
  missing: z.array(missing),
  request: z.array(step),
  reply: z.array(step),
  ack: z.array(step).describe('The third packet of a TCP handshake.'),
  data: z
    .array(step)
    .optional()
    .describe('Of TCP, what the asked end sends behind the handshake, where that fares otherwise than its answer.'),
  error: z.array(step).describe('An ICMP error or a reset on its way to the one who asks.'),
});

const probe = {
  src: z.string(),
  dst: z.string(),
  proto,
  port: z.int().min(0).max(65535).nullable(),
  size: count.exactOptional().describe('Length of the IP packet in octets, where the probe gave one.'),
  df: z.boolean().exactOptional(),
  verdict,
  because: because.nullable(),
  seenSource,
  missing: z.array(missing),
};

const trace = z.strictObject({
  schema: z.literal('dumplint/trace@1'),
  ...probe,
  outcomes: z.array(outcome).describe('One for each way that load balancing may choose.'),
  assumptions: z.array(z.string()),
  observed: z
    .array(z.strictObject({ answered: z.boolean(), says: z.string(), evidence }))
    .describe('Pings and queries in the captures that asked the same.'),
}) satisfies z.ZodType<TraceJson>;

const endClass = z.strictObject({
  name: z.string(),
  kind: z.enum(['pods', 'node', 'service', 'node-port', 'dns', 'api', 'outside']),
  node: z.string().exactOptional(),
  family: z.union([z.literal(4), z.literal(6)]),
  end: z.string().describe('The end that stands for all, as a probe names it.'),
  size: count,
  proto: z.enum(['icmp', 'tcp', 'udp']).exactOptional().describe('Of destinations that are a port.'),
  port: count.exactOptional(),
});

const endpoint = z.strictObject({
  endpoint: z.string(),
  verdict: z.enum(['delivered', 'dropped', 'unknown']),
  because: because.exactOptional().describe('Where its packets are lost, if not where the probe says.'),
});

const reach = z.strictObject({
  schema: z.literal('dumplint/reach@1'),
  sources: z.array(endClass).exactOptional(),
  destinations: z.array(endClass).exactOptional(),
  probes: z.array(
    z.strictObject({
      ...probe,
      outcomes: z.array(endpoint),
      pair: z.strictObject({ src: z.string(), dst: z.string() }).exactOptional(),
    }),
  ),
}) satisfies z.ZodType<ReachJson>;

export const traceJsonSchema = (): object => ({ ...z.toJSONSchema(trace), title: 'dumplint trace' });
export const reachJsonSchema = (): object => ({ ...z.toJSONSchema(reach), title: 'dumplint reach' });

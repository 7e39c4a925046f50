import type {
  JsonBecause,
  JsonClass,
  JsonOutcome,
  JsonStep,
  ReachJson,
  ReachProbeJson,
  TraceJson,
} from '../../src/report/path/json.js';
import { evidence } from './fixtures.js';

export const becauseOf = (node: string, more: Partial<JsonBecause> = {}): JsonBecause => ({
  direction: 'request',
  step: 'forward',
  node,
  netns: '',
  device: 'cni0',
  reason: 'cni0 does not forward',
  answer: null,
  heard: null,
  evidence: [evidence(`case/${node}/sysctl.txt`, 17, 'net.ipv4.conf.cni0.forwarding = 0')],
  ...more,
});

type Answer = Pick<ReachProbeJson, 'verdict'> & Partial<Pick<ReachProbeJson, 'because' | 'outcomes' | 'missing'>>;

/** All pairs of pods, nodes and services; `nodeName` names them, `ask` answers. */
export function reachOf(
  nodes: readonly string[],
  services: readonly string[],
  ask: (src: JsonClass, dst: JsonClass) => Answer,
): ReachJson {
  const pods = nodes.map(
    (node): JsonClass => ({ name: `pods of ${node}`, kind: 'pods', family: 4, node, end: '10.0.0.1', size: 2 }),
  );
  const hosts = nodes.map(
    (node): JsonClass => ({ name: node, kind: 'node', node, family: 4, end: `node:${node}`, size: 1 }),
  );
  const ports = services.map(
    (name): JsonClass => ({
      name,
      kind: /-dns:/.test(name) ? 'dns' : 'service',
      family: 4,
      end: '10.96.0.1',
      size: 1,
    }),
  );
  const sources = [...pods, ...hosts];
  const destinations = [...pods, ...hosts, ...ports];
  const probes = sources.flatMap((src) =>
    destinations
      .filter((dst) => dst.kind !== 'node' || dst.name !== src.name)
      .map(
        (dst): ReachProbeJson => ({
          src: src.end,
          dst: dst.end,
          proto: 'icmp',
          port: null,
          because: null,
          outcomes: [],
          seenSource: null,
          missing: [],
          pair: { src: src.name, dst: dst.name },
          ...ask(src, dst),
        }),
      ),
  );
  return { schema: 'dumplint/reach@1', sources, destinations, probes };
}

export const stepOf = (step: string, node: string, decision: string, netns = ''): JsonStep => ({
  step,
  node,
  netns,
  device: 'eth0',
  decision,
  evidence: [evidence(`case/${node}/ip-route.txt`, 1, decision)],
});

export const outcomeOf = (endpoint: string, more: Partial<JsonOutcome> = {}): JsonOutcome => ({
  endpoint,
  share: 1,
  verdict: 'delivered',
  because: null,
  seenSource: null,
  missing: [],
  request: [stepOf('send', 'node-1', `10.0.0.1 → ${endpoint}`), stepOf('deliver', 'node-1', 'received')],
  reply: [],
  ack: [],
  error: [],
  ...more,
});

export const traceOf = (
  verdict: TraceJson['verdict'],
  outcomes: readonly JsonOutcome[],
  more: Partial<TraceJson> = {},
): TraceJson => ({
  schema: 'dumplint/trace@1',
  src: 'node:node-1',
  dst: 'svc:default/web',
  proto: 'tcp',
  port: 80,
  verdict,
  because: outcomes.find((o) => o.because)?.because ?? null,
  outcomes,
  seenSource: null,
  assumptions: [],
  missing: outcomes.flatMap((o) => o.missing),
  observed: [],
  ...more,
});

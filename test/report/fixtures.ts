import type { Evidence, Finding, Report, ReportCapture, RuleOutcome } from '../../src/engine/report.js';

export const evidence = (file: string, line: number, text: string, note?: string): Evidence => ({
  file,
  line,
  text,
  ...(note !== undefined && { note }),
});

export const cause: Finding = {
  rule: 'kernel/forwarding-disabled',
  severity: 'error',
  confidence: 'certain',
  nodes: ['node-1'],
  subject: 'cni0',
  message:
    'IPv4 forwarding is off on cni0 of node-1, expected on: packets that arrive from the pods of this node are dropped.',
  evidence: [
    evidence('case.tgz!/node-1/ip-netconf', 7, 'ipv4 dev cni0 forwarding off rp_filter strict mc_forwarding off'),
  ],
  laterEvidence: [],
  fix: { summary: 'on node-1 turn forwarding on', commands: ['sysctl -w net.ipv4.conf.cni0.forwarding=1'] },
  fingerprint: '00000000000000aa',
  causedBy: [],
  explains: { findings: 1, pathsBroken: null, pathsRestored: null },
};

export const effect: Finding = {
  ...cause,
  rule: 'dns/query-timeout',
  severity: 'warning',
  nodes: ['node-2'],
  subject: '10.244.19.3:53',
  message: 'Queries from node-2 to 10.244.19.3 time out.',
  evidence: [evidence('case.tgz!/node-2/dig', 3, ';; connection timed out; no servers could be reached')],
  fix: { summary: 'repair the cause', commands: [] },
  fingerprint: '00000000000000bb',
  causedBy: [cause.fingerprint],
  explains: { findings: 0, pathsBroken: null, pathsRestored: null },
};

export const capture = (file: string, node: string | null): ReportCapture => ({
  command: 'ip-netconf',
  commandLine: null,
  node,
  netns: '',
  file,
  line: 1,
  lines: 8,
  completeness: 'full',
  because: null,
  status: 'present',
  time: null,
  facts: 8,
  noise: 0,
  gaps: 0,
  bytes: 96,
});

const node = (name: string) => ({
  name,
  aliases: [],
  kubernetesName: null,
  confidence: 'certain' as const,
  addresses: [],
  evidence: [],
});

const NONE: Report['summary'] = {
  errors: 0,
  warnings: 0,
  infos: 0,
  causes: 0,
  symptoms: 0,
  clean: 0,
  notAssessed: 0,
  notApplicable: 0,
  crashed: 0,
  files: 2,
  captures: 2,
  unread: 0,
  gaps: 0,
  pathsWalked: null,
};

/** Parts of the coverage that a test says nothing of. */
export const NO_LEDGER = { inputs: [], bytes: { total: 0, facts: 0, noise: 0, gaps: 0, unread: 0 } };

/** A report around the given findings, counted as the engine counts. */
export function reportOf(
  findings: readonly Finding[],
  over: Partial<Omit<Report, 'summary'>> & { readonly summary?: Partial<Report['summary']> } = {},
): Report {
  const of = (severity: Finding['severity']) => findings.filter((f) => f.severity === severity).length;
  const rules: RuleOutcome[] = [{ id: 'kernel/forwarding-disabled', outcome: 'clean', applicable: true, missing: [] }];
  return {
    schema: 'dumplint/report@1',
    tool: { name: 'dumplint', version: '0.1.0', ruleset: '1 rules' },
    bundle: {
      paths: ['case.tgz'],
      layout: 'Gravity report',
      nodes: [node('node-1'), node('node-2')],
      from: '2020-01-23T16:55:10.000Z',
      to: '2020-01-23T17:26:00.000Z',
    },
    topology: {
      summary: 'flannel vxlan (VNI 1, port 8472), pods 10.244.0.0/16',
      nodes: ['node-1', 'node-2'],
      devices: [],
      links: [],
    },
    findings,
    suppressed: [],
    rules,
    coverage: {
      captures: [capture('case.tgz!/node-1/ip-netconf', 'node-1'), capture('case.tgz!/node-2/dig', 'node-2')],
      gaps: [],
      gapsOmitted: 0,
      unread: [],
      ...NO_LEDGER,
    },
    notes: [],
    ...over,
    summary: {
      ...NONE,
      clean: 1,
      errors: of('error'),
      warnings: of('warning'),
      infos: of('info'),
      causes: findings.filter((f) => f.causedBy.length === 0).length,
      symptoms: findings.filter((f) => f.causedBy.length > 0).length,
      ...over.summary,
    },
  };
}

/** What a bundle may hold to hurt a reader: terminal escapes, bidirectional marks, markup, mentions, workflow commands. */
export const HOSTILE =
  '\x1b[2J\u202eevil\u2066 `code` | <img src=x onerror=alert(1)> [x](http://evil.example) @team #12 \x07\u009b31m';

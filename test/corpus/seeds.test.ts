import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding, Report } from '../../src/engine/report.js';
import { judge, type LoadedBundle, load, trace } from '../../src/index.js';

/**
 * The five texts that this project began with: three pastes of broken clusters, whose story is known, and two texts without any capture.
 * They belong to third parties; `../shared/seeds` beside the project, or the folder that `DUMPLINT_SEEDS` names.
 */
const folder = process.env['DUMPLINT_SEEDS'] ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'seeds');

function seed(number: string): string {
  const name = existsSync(folder) ? readdirSync(folder).find((f) => f.startsWith(number)) : undefined;
  if (name === undefined) throw new Error(`no seed ${number} in ${folder}`);
  return join(folder, name);
}

interface Read {
  readonly report: Report;
  readonly loaded: LoadedBundle;
  of(severity: string): readonly string[];
  rule(id: string): Finding;
}

async function read(number: string): Promise<Read> {
  const loaded = await load([seed(number)]);
  const report = await judge(loaded);
  return {
    report,
    loaded,
    of: (severity) => report.findings.filter((f) => f.severity === severity).map((f) => f.rule),
    rule(id) {
      const found = report.findings.find((f) => f.rule === id);
      if (!found) throw new Error(`no finding of ${id}`);
      return found;
    },
  };
}

const joins = ({ report }: Read) => report.bundle.nodes.map((n) => [n.name, n.kubernetesName, n.confidence]);
const placeAt = ({ loaded }: Read, line: number) =>
  loaded.model.captures.find((c) => line >= c.firstLine && line < c.firstLine + c.lineCount)?.place;

test('no rule crashes and no line that a parser took is lost', async () => {
  for (const number of ['000', '001', '002', '003', '004']) {
    const { report, loaded } = await read(number);
    expect([report.summary.crashed, loaded.crashes]).toEqual([0, []]);
    for (const c of report.coverage.captures) expect(c.facts + c.noise + c.gaps).toBe(c.lines);
  }
});

describe('000: forwarding was turned off on cni0 of one node', () => {
  let seen: Read;
  beforeAll(async () => {
    seen = await read('000');
  });

  test('that is the one error, proven by the last state of the device', () => {
    expect(seen.of('error')).toEqual(['kernel/forwarding-disabled']);
    const found = seen.rule('kernel/forwarding-disabled');
    expect([found.nodes, found.subject]).toEqual([['kevin-test1'], 'cni0']);
    expect(found.evidence[0]).toMatchObject({
      line: 1234,
      text: expect.stringMatching(/^ipv4 dev cni0 forwarding off /),
    });
    expect(found.fix.commands.join('\n')).toContain('net.ipv4.conf.cni0.forwarding=1');
  });

  test('hosts are joined to Kubernetes nodes by evidence and with its confidence', () => {
    expect(joins(seen)).toContainEqual(['kevin-test1', 'node-1', 'certain']);
    expect(joins(seen)).toContainEqual(['kevin-test2', 'node-3', 'likely']);
  });

  test('captures of two clusters are not held against each other', () => {
    expect([...seen.of('warning')].sort()).toEqual(['capture/mixed-clusters', 'trace/reply-lost-in-node']);
    // What tcpdump saw is the fault's own effect.
    expect(seen.rule('trace/reply-lost-in-node').causedBy).toEqual([
      seen.rule('kernel/forwarding-disabled').fingerprint,
    ]);
    expect(seen.loaded.model.contradictions.map((c) => c.what)).toEqual(
      expect.arrayContaining(['cluster-tag', 'pod-subnet']),
    );
  });

  test('nothing is said of a bystander', () =>
    expect(seen.report.findings.filter((f) => f.nodes.includes('web1') && f.severity !== 'info')).toEqual([]));
});

describe('001: the configured network holds one node only', () => {
  let seen: Read;
  beforeAll(async () => {
    seen = await read('001');
  });

  test('a warning and no error', () => {
    expect(seen.of('error')).toEqual([]);
    expect(seen.of('warning')).toEqual(['flannel/network-config-mismatch']);
  });

  test("a pod's namespace is not the host's", () => {
    const place = placeAt(seen, 148);
    expect(place).toMatchObject({ kind: 'stack', node: 'ubuntu-bionic' });
    expect(place?.kind === 'stack' && place.netns).not.toBe('');
    expect(seen.loaded.model.node('ubuntu-bionic')?.addresses.some((a) => a.startsWith('10.10.'))).toBe(false);
  });

  test('what a neighbour entry names is not owned by the node that shows it', () =>
    expect(
      JSON.stringify(seen.report.findings.filter((f) => f.severity !== 'info' && f.nodes.includes('worker01'))),
    ).toBe('[]'));
});

describe('002: flannel took the NAT interface', () => {
  let seen: Read;
  beforeAll(async () => {
    seen = await read('002');
  });

  test('is the one error, with both addresses and the option that repairs it', () => {
    expect(seen.of('error')).toEqual(['flannel/wrong-interface']);
    const found = seen.rule('flannel/wrong-interface');
    expect([found.nodes, found.subject]).toEqual([['node1'], 'enp0s3']);
    for (const word of ['enp0s3', '10.0.2.15', 'enp0s8', '10.100.198.201']) expect(found.message).toContain(word);
    expect(found.fix.commands.join('\n')).toContain('--iface=enp0s8');
  });

  test('later pings that work and new pods are shown beside it', () => {
    const later = seen.rule('flannel/wrong-interface').laterEvidence.map((e) => e.text);
    expect(later.filter((t) => t.startsWith('PING ')).length).toBeGreaterThan(0);
    expect(later.filter((t) => /^kube-system +kube-flannel-ds-/.test(t)).length).toBeGreaterThan(0);
  });

  test('execs into pods are placed by the list of pods', () => {
    expect(placeAt(seen, 274)).toEqual({ kind: 'stack', node: 'node1', netns: '' });
    expect(placeAt(seen, 384)).toMatchObject({ kind: 'stack', node: 'node1', netns: expect.stringMatching(/^nginx-/) });
  });

  test('sessions of vagrant ssh belong to the machine', () =>
    expect(placeAt(seen, 217)).toEqual({ kind: 'stack', node: 'node1', netns: '' }));
});

test.each(['003', '004'])('%s: no captures, no facts, nothing judged', async (number) => {
  const { report, loaded } = await read(number);
  expect(loaded.model.captures).toEqual([]);
  expect(report.findings).toEqual([]);
  expect(report.rules.filter((r) => r.outcome !== 'not-assessed')).toEqual([]);
  expect(report.coverage.unread).toHaveLength(1);
});

describe('000: packets walked', () => {
  test.each([
    ['10.244.19.3', 'dropped'],
    ['10.244.19.28', 'dropped'],
    ['10.244.19.0', 'delivered'],
    ['10.244.19.1', 'delivered'],
  ])('kevin-test2 asks %s: %s', async (dst, verdict) => {
    const answer = await trace([seed('000')], { src: 'node:kevin-test2', dst, proto: 'icmp' });
    expect(answer.verdict).toBe(verdict);
    if (verdict === 'dropped')
      expect(answer.because).toMatchObject({
        direction: 'reply',
        node: 'kevin-test1',
        device: 'cni0',
        reason: 'cni0 does not forward',
        evidence: [expect.objectContaining({ line: 1234, text: expect.stringContaining('cni0 forwarding off') })],
      });
  });
});

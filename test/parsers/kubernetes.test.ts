import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import type { AnyFact } from '../../src/facts/index.js';
import { type CaptureContext, lineOf, type Parser, textFrom, textOf } from '../../src/kit/index.js';
import { birdcl } from '../../src/parsers/birdcl.js';
import { calicoctlNodeStatus } from '../../src/parsers/calicoctl-node-status.js';
import { etcdctlFlannel } from '../../src/parsers/etcdctl-flannel.js';
import { kubectlDescribe } from '../../src/parsers/kubectl-describe.js';
import { kubectlGet } from '../../src/parsers/kubectl-get.js';
import { kubectlObject } from '../../src/parsers/kubectl-object.js';

/** The parsers of what cluster and routing daemons say, on our samples and on what damage leaves of them. */
const parsers: readonly Parser<AnyFact>[] = [
  birdcl,
  calicoctlNodeStatus,
  etcdctlFlannel,
  kubectlDescribe,
  kubectlGet,
  kubectlObject,
];
const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const nothing: CaptureContext = { argv: [], fileName: '', scope: {} };

const samples = parsers.flatMap((parser) =>
  readdirSync(join(root, parser.command))
    .filter((file) => file.endsWith('.txt'))
    .map((file) => ({ parser, file, bytes: readFileSync(join(root, parser.command, file)) })),
);

function survives(parser: Parser<AnyFact>, bytes: Uint8Array): ParsedText {
  const text = textOf(bytes);
  const parsed = parseText(parser, text, 0, nothing);
  expect(parsed.crash).toBeUndefined();
  expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
  expect(parsed.gaps).toHaveLength(parsed.tally.gaps);
  return parsed;
}

const headOf = (bytes: Uint8Array): string[] => {
  const text = textOf(bytes);
  return Array.from({ length: Math.min(200, text.count) }, (_, i) => text.line(i));
};

beforeAll(async () => {
  for (const parser of parsers) await parser.prepare?.();
});

test.each(parsers)('$command survives every sample, cut anywhere', (parser) => {
  for (const { bytes } of samples) {
    for (let cut = 0; cut <= bytes.length; cut += 37) survives(parser, bytes.subarray(0, cut));
  }
});

test('damaged samples are survived', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.constantFrom(...parsers), damage, ({ bytes }, parser, flips) => {
      const broken = Uint8Array.from(bytes);
      for (const [at, byte] of flips) if (broken.length > 0) broken[at % broken.length] = byte;
      survives(parser, broken);
    }),
    { numRuns: 400, seed: 1 },
  );
});

test('the rows of a cut table are the first rows of the whole', () => {
  for (const { parser, bytes } of samples.filter((s) => s.parser === kubectlGet)) {
    const whole = survives(parser, bytes).facts.map((fact) => JSON.stringify(fact));
    const text = textOf(bytes);
    for (let line = 0; line < text.count; line++) {
      const part = survives(parser, bytes.subarray(0, text.start(line))).facts;
      expect(part.map((fact) => JSON.stringify(fact))).toEqual(whole.slice(0, part.length));
    }
  }
});

/** Without their header only the command line says what these are. */
const HEADLESS = new Set(['pods-grep.txt', 'ds-no-headers.txt', 'custom-columns.txt']);

test('each sample with facts is told by its content, and by one parser only', () => {
  for (const { parser, file, bytes } of samples) {
    if (survives(parser, bytes).facts.length === 0) continue;
    const head = headOf(bytes);
    const sure = parsers.filter((p) => p.claims.sniff(head) >= 2).map((p) => p.command);
    const headless = HEADLESS.has(file) ? [] : [parser.command];
    expect([file, sure.filter((c) => c !== parser.command)]).toEqual([file, []]);
    expect([file, sure]).toEqual([file, expect.arrayContaining(headless)]);
  }
});

test('prose, source and logs are told apart', () => {
  const others = [
    'The apiVersion of a kind is part of its name.\nName your node before you join it.\nReady, steady, go.',
    'const kind = "Pod";\nif (kind === "Pod") { return { apiVersion }; }\n',
    'Jan 23 16:55:10 host etcdctl[627]: {"Network":"10.244.0.0/16", "Backend": {"Type": "vxlan"}}',
    'default via 10.0.0.1 dev eth0\n10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.5',
    '2026-11-21 bird: Mesh_10_0_0_2: Connection refused [peer] (1)\n',
  ];
  for (const text of others) {
    for (const parser of parsers)
      expect([parser.command, parser.claims.sniff(text.split('\n'))]).toEqual([parser.command, 0]);
  }
});

const claimed = (line: string): string[] =>
  parsers.filter((p) => p.claims.command?.(line.split(' '))).map((p) => p.command);
const scopeOf = (line: string): unknown =>
  parsers.map((p) => p.claims.command?.(line.split(' '))).find((claim) => claim !== undefined)?.scope;

test.each([
  ['kubectl get nodes', 'kubectl-get', undefined],
  ['kubectl --kubeconfig ./admin.conf get pods -o wide', 'kubectl-get', { namespace: '' }],
  [
    'kctl -n kube-system get po -lapp=flannel -owide',
    'kubectl-get',
    { namespace: 'kube-system', selector: 'app=flannel' },
  ],
  ['k get po -A', 'kubectl-get', undefined],
  ['oc get pods --all-namespaces=true', 'kubectl-get', undefined],
  ['k3s kubectl get svc --namespace=kube-system', 'kubectl-get', { namespace: 'kube-system' }],
  ['microk8s kubectl get ep web', 'kubectl-get', { namespace: '', name: 'web' }],
  ['kubectl get node/a node/b', 'kubectl-get', { name: 'a,b' }],
  ['kubectl get -o json nodes', 'kubectl-object', undefined],
  [
    'kubectl get cm -n kube-flannel kube-flannel-cfg -oyaml',
    'kubectl-object',
    { namespace: 'kube-flannel', name: 'kube-flannel-cfg' },
  ],
  ['kubectl cluster-info dump', 'kubectl-object', undefined],
  ['calicoctl get ippool -o yaml', 'kubectl-object', undefined],
  ['cat /etc/kubernetes/manifests/kube-apiserver.yaml', 'kubectl-object', undefined],
  ['kubectl -n kube-system describe svc/kube-dns', 'kubectl-describe', { namespace: 'kube-system', name: 'kube-dns' }],
  ['etcdctl ls /coreos.com/network/subnets', 'etcdctl-flannel', undefined],
  ['etcdctl --endpoints=https://10.0.0.1:2379 get --prefix /flannel/network', 'etcdctl-flannel', undefined],
  ['birdcl -s /var/run/calico/bird.ctl show protocols all', 'birdcl', undefined],
  ['birdc6 sh ro for 10.0.0.1', 'birdcl', { selection: 'for 10.0.0.1' }],
  ['calicoctl node status', 'calicoctl-node-status', undefined],
])('%s is read by %s', (line, command, scope) => {
  expect(claimed(line)).toEqual([command]);
  expect(scopeOf(line)).toEqual(scope);
});

test.each([
  'kubectl logs -n kube-system kube-flannel-ds-x',
  'kubectl apply -f flannel.yml',
  'kubectl get pods -o jsonpath={.items[*].status.podIP}',
  'etcdctl member list',
  'birdcl configure',
  'calicoctl get nodes',
  'cat /etc/hosts',
])('%s is not read here', (line) => expect(claimed(line)).toEqual([]));

const objects = (yaml: string): ParsedText => parseText(kubectlObject, textFrom(yaml), 0, nothing);

test('an alias bomb and deep nesting cost nothing and give no fact', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `  l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}*l${i}]`);
  const bomb = ['apiVersion: v1', 'kind: Pod', 'metadata:', '  l0: &l0 [x]', ...levels, ''].join('\n');
  expect(objects(bomb)).toMatchObject({ facts: [], gaps: [] });
  expect(objects(`kind: Pod\nmetadata: ${'['.repeat(50_000)}`).gaps[0]?.reason).toContain('nesting exceeded');
  expect(objects(`{"kind":"Pod","a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`).gaps[0]?.reason).toContain(
    'deeper than',
  );
});

test('thousands of values glued on one line are read in one pass', () => {
  const pod =
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"nodeName":"n"},"status":{"podIP":"10.0.0.1"}}';
  expect(objects(pod.repeat(5_000)).facts).toHaveLength(5_000);
  expect(objects('{}'.repeat(200_000)).facts).toHaveLength(0);
});

test('a hostile key stays a key', () => {
  const { facts } = objects(
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    __proto__: x\nspec:\n  nodeName: n\n',
  );
  const [pod] = facts as readonly AnyFact[];
  expect(pod?.kind === 'pod' && Object.entries(pod.labels ?? {})).toEqual([['__proto__', 'x']]);
});

test('JSON and YAML of one object give the same facts', () => {
  const names = ['metadata', 'spec', 'status'] as const;
  fc.assert(
    fc.property(
      fc.record({ ip: fc.ipV4(), node: fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}[a-z]$/), host: fc.boolean() }),
      (p) => {
        const pod = {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'x', namespace: 'y' },
          spec: { nodeName: p.node, hostNetwork: p.host, containers: [{ name: 'c' }] },
          status: { podIP: p.ip, phase: 'Running' },
        };
        const lines = names.flatMap((key) => [
          `${key}:`,
          ...Object.entries(pod[key]).map(([k, v]) => `  ${k}: ${JSON.stringify(v)}`),
        ]);
        const yaml = objects(['apiVersion: v1', 'kind: Pod', ...lines, ''].join('\n')).facts;
        const json = objects(JSON.stringify(pod, null, 4)).facts;
        expect(yaml.map((f) => lineOf(f.at))).toEqual([4]);
        expect(json.map((f) => lineOf(f.at))).toEqual([5]);
        expect(yaml.map(({ at, ...fact }) => fact)).toEqual(json.map(({ at, ...fact }) => fact));
      },
    ),
    { numRuns: 100, seed: 1 },
  );
});

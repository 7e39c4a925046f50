import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseText } from '../../src/capture/parse.js';
import { normaliseName, recogniseFile } from '../../src/capture/recognise.js';
import { parseCommandLine } from '../../src/capture/shell.js';
import type { AnyFact } from '../../src/facts/index.js';
import { type CaptureContext, type Parser, textFrom, textOf } from '../../src/kit/index.js';
import { parsers as all } from '../../src/parsers/index.js';

/** The parsers of configuration files, container runtimes, Calico's tools and Gravity's, on our samples and on what damage leaves of them. */
const COMMANDS = new Set(
  'bird-cfg calicoctl-get calicoctl-ipam calicoctl-version cni-config component-env containerd-config corefile crictl-ps daemon-json docker-info docker-inspect docker-ps gravity-status gravity-timeline ifcfg kubectl-cluster-info kubectl-template kubectl-version kubelet-config netplan network-manager-conf serf-members'.split(
    ' ',
  ),
);
const parsers = all.filter((p) => COMMANDS.has(p.command));
const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const nothing: CaptureContext = { argv: [], fileName: '', scope: {} };

const samples = parsers.flatMap((parser) =>
  readdirSync(join(root, parser.command))
    .filter((file) => file.endsWith('.txt'))
    .map((file) => ({ parser, file, bytes: readFileSync(join(root, parser.command, file)) })),
);

function survives(parser: Parser<AnyFact>, bytes: Uint8Array, context = nothing): readonly unknown[] {
  const text = textOf(bytes);
  const parsed = parseText(parser, text, 0, context);
  expect(parsed.crash).toBeUndefined();
  expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
  expect(parsed.gaps).toHaveLength(parsed.tally.gaps);
  return parsed.facts;
}

const headOf = (bytes: Uint8Array): string[] => {
  const text = textOf(bytes);
  return Array.from({ length: Math.min(200, text.count) }, (_, i) => text.line(i));
};

beforeAll(async () => {
  for (const parser of parsers) await parser.prepare?.();
});

test('every command has its parser', () => expect(parsers.map((p) => p.command)).toEqual([...COMMANDS]));

test.each(parsers)('$command survives its samples cut anywhere', (parser) => {
  for (const { bytes } of samples.filter((s) => s.parser === parser))
    for (let cut = 0; cut <= bytes.length; cut += 17) survives(parser, bytes.subarray(0, cut));
});

test('damaged samples, and those of other commands, are survived', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.constantFrom(...parsers), damage, ({ bytes }, parser, flips) => {
      const broken = Uint8Array.from(bytes);
      for (const [at, byte] of flips) if (broken.length > 0) broken[at % broken.length] = byte;
      survives(parser, broken);
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('samples are told by their content, and by one parser only', () => {
  // These tell only what their command line asked for.
  const headless = new Set([
    'names-only.txt',
    'names.txt',
    'one-value.txt',
    'go-template.txt',
    'values-without-names.txt',
    'ctr-tasks-grep.txt',
    'grep.txt',
  ]);
  for (const { parser, file, bytes } of samples) {
    if (survives(parser, bytes).length === 0 || headless.has(file)) continue;
    const found = recogniseFile(all, 'unnamed', headOf(bytes));
    expect([file, found?.parser.command]).toEqual([file, parser.command]);
  }
});

test('no secret of a sample is kept', () => {
  for (const { parser, bytes } of samples)
    expect(JSON.stringify(survives(parser, bytes))).not.toMatch(/not-to-be-kept|lab-secret/);
});

test.each([
  ['10-calico.conflist', 'cni-config'],
  ['etc/cni/net.d/10-flannel.conflist', 'cni-config'],
  ['bird6_ipam.cfg', 'bird-cfg'],
  ['bird.cfg', 'bird-cfg'],
  ['daemon.json', 'daemon-json'],
  ['containerd_config.toml', 'containerd-config'],
  ['kubeadm-flags.env', 'kubelet-config'],
  ['10-kubeadm.conf', 'kubelet-config'],
  ['crictl_ps_-a', 'crictl-ps'],
  ['docker_ps_-a', 'docker-ps'],
  ['docker_network_inspect_bridge', 'docker-inspect'],
  ['docker_info', 'docker-info'],
  ['ifcfg-eth0', 'ifcfg'],
  ['NetworkManager_--print-config', 'network-manager-conf'],
  ['planet-status', 'gravity-status'],
  ['cluster-status', 'gravity-status'],
  ['serf-members', 'serf-members'],
  ['calicoctl_ipam_show_--show-blocks', 'calicoctl-ipam'],
  ['kubectl_version', 'kubectl-version'],
  ['kubectl_cluster-info', 'kubectl-cluster-info'],
])('%s is the name of a file of %s', (name, command) => {
  const named = all.filter((p) => p.claims.file?.test(normaliseName(name.slice(name.lastIndexOf('/') + 1))));
  expect(named.map((p) => p.command)).toContain(command);
});

const claimed = (line: string): string | undefined => {
  const argv = parseCommandLine(line)?.argv ?? [];
  return all.find((p) => p.claims.command?.(argv))?.command;
};

test.each([
  ['sudo cat /etc/cni/net.d/10-flannel.conflist', 'cni-config'],
  ['cat /etc/cni/net.d/*', 'cni-config'],
  ['kubectl exec -n kube-system calico-node-x -- cat /etc/calico/confd/config/bird.cfg', 'bird-cfg'],
  ['cat /var/lib/kubelet/config.yaml', 'kubelet-config'],
  ['cat /etc/docker/daemon.json | jq .', 'daemon-json'],
  ['containerd config dump', 'containerd-config'],
  ['docker container ls -a', 'docker-ps'],
  ['docker network ls', 'docker-inspect'],
  ['docker inspect web', 'docker-inspect'],
  ["docker inspect -f '{{.State.Pid}}' web", undefined],
  ['crictl pods --name web', 'crictl-ps'],
  ['crictl inspectp 87d3', 'docker-inspect'],
  ['crictl info', 'docker-info'],
  ['ctr -n k8s.io c ls', 'crictl-ps'],
  ['calicoctl get ippool -o wide', 'calicoctl-get'],
  ['calicoctl get ippool -o yaml', 'kubectl-object'],
  ['calicoctl ipam check', 'calicoctl-ipam'],
  ['calicoctl node status', 'calicoctl-node-status'],
  ['calicoctl version', 'calicoctl-version'],
  ['gravity status', 'gravity-status'],
  ['gravity status history', 'gravity-timeline'],
  ['gravity exec planet status', 'gravity-status'],
  ['gravity exec serf members', 'serf-members'],
  ['kubectl version --short', 'kubectl-version'],
  ['kubectl cluster-info', 'kubectl-cluster-info'],
  ['kubectl cluster-info dump', 'kubectl-object'],
  ['kubectl config view --minify', 'kubectl-object'],
  ['kubectl get --raw /api/v1/nodes', 'kubectl-object'],
  ['kubectl get --raw /healthz', undefined],
  ['kubectl top nodes', 'kubectl-get'],
])('%s is read by %s', (line, command) => expect(claimed(line)).toBe(command));

test('the selection of a listing of containers is its scope', () => {
  const scope = (line: string) => {
    const argv = parseCommandLine(line)?.argv ?? [];
    return all.map((p) => p.claims.command?.(argv)).find((claim) => claim !== undefined)?.scope;
  };
  expect(scope('docker ps')).toEqual({ state: 'running' });
  expect(scope('docker ps -a')).toBeUndefined();
  expect(scope('docker ps -f name=web')).toEqual({ selection: 'filter' });
  expect(scope('crictl pods')).toEqual({ sandbox: 'true' });
  expect(scope('kubectl get ds -n kube-system')).toEqual({ type: 'DaemonSet', namespace: 'kube-system' });
  expect(scope('kubectl get ds,deploy -A')).toEqual({ type: 'DaemonSet,Deployment' });
  expect(scope('calicoctl get policy -A')).toEqual({ api: 'calico' });
});

test('lines of a megabyte are passed over in time', () => {
  const long = ['x', ' ', '{', '"', '--a=', '|', '[', '/', '=', ':', "'", 'a.', '1.'].map((piece) =>
    piece.repeat(500_000),
  );
  const started = Date.now();
  for (const parser of parsers)
    for (const line of long) {
      parser.claims.sniff([line, line]);
      survives(parser, textFrom(`${line}\n`).bytes);
    }
  expect(Date.now() - started).toBeLessThan(60_000);
}, 120_000);

import { parseText } from '../../src/capture/parse.js';
import { parseCommandLine } from '../../src/capture/shell.js';
import { textFrom } from '../../src/kit/index.js';
import { kubectlGet } from '../../src/parsers/kubectl-get.js';
import { kubectlTemplate } from '../../src/parsers/kubectl-template.js';

const read = (parser: typeof kubectlTemplate | typeof kubectlGet, line: string, output: string) => {
  const argv = parseCommandLine(line)?.argv ?? [];
  const claim = parser.claims.command?.(argv);
  expect(claim).toBeDefined();
  const parsed = parseText<never>(parser as never, textFrom(output), 0, {
    argv,
    fileName: '',
    scope: claim?.scope ?? {},
  });
  return {
    facts: parsed.facts.map(({ at, ...fact }) => fact),
    gaps: parsed.gaps.map((g) => g.reason),
    kinds: parsed.kinds,
  };
};

const node = (name: string, podCidrs: readonly string[], internalIps: readonly string[] = []) => ({
  kind: 'node',
  name,
  internalIps,
  externalIps: [],
  podCidrs,
  annotations: {},
});

test.each([
  [
    `kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name}{"\\t"}{.spec.podCIDR}{"\\n"}{end}'`,
    'n1\t10.244.0.0/24\n',
  ],
  [
    `kubectl get no -o=jsonpath="{range .items[*]}{.metadata.name}: {.spec.podCIDRs[*]}{'\\n'}{end}"`,
    'n1: 10.244.0.0/24\n',
  ],
  [
    `kubectl get nodes -o go-template='{{range .items}}{{.metadata.name}} {{.spec.podCIDR}}{{"\\n"}}{{end}}'`,
    'n1 10.244.0.0/24\n',
  ],
  [`kubectl get node n1 -o jsonpath='{.spec.podCIDR}'`, '10.244.0.0/24'],
])('%s', (line, output) => {
  expect(read(kubectlTemplate, line, output)).toEqual({
    facts: [node('n1', ['10.244.0.0/24'])],
    gaps: [],
    kinds: ['node'],
  });
});

test('a filter with quotes and brackets is one path', () => {
  const line = `kubectl get nodes -o jsonpath='{range .items[*]}{@.metadata.name} {.status.addresses[?(@.type=="InternalIP")].address}{"\\n"}{end}'`;
  expect(read(kubectlTemplate, line, 'n1 10.0.0.1\nn2 10.0.xx.2\n')).toEqual({
    facts: [node('n1', [], ['10.0.0.1'])],
    gaps: ['an address is masked or unreadable'],
    kinds: ['node'],
  });
});

test.each([
  [`kubectl get nodes -o jsonpath='{.items[*].spec.podCIDR}'`, '10.244.0.0/24 10.244.1.0/24'],
  [`kubectl get pods -o go-template='{{range .items}}{{if .status.podIP}}{{.metadata.name}}{{end}}{{end}}'`, 'web-1'],
])('what nobody can assign is a gap: %s', (line, output) => {
  const { facts, gaps } = read(kubectlTemplate, line, output);
  expect(facts).toEqual([]);
  expect(gaps).toHaveLength(1);
});

test('custom columns are told by their paths, not by their titles', () => {
  const line =
    'kubectl get nodes -o custom-columns=NODE:.metadata.name,"RANGE OF PODS":.spec.podCIDR,TAINTS:.spec.taints';
  const output = 'NODE   RANGE OF PODS   TAINTS\nn1     10.244.0.0/24   <none>\n';
  expect(read(kubectlGet, line, output).facts).toEqual([node('n1', ['10.244.0.0/24'])]);
});

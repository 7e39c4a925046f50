import type {
  ClusterCidrFact,
  EndpointsFact,
  FlannelConfigFact,
  FlannelLeaseFact,
  NodeFact,
  PodFact,
  ServiceFact,
} from '../facts/index.js';
import { type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { readConfigText } from './kubernetes/config.js';
import { type Described, describedNode, describedPod, describedService } from './kubernetes/described.js';
import { describedEndpointSlice, describedEndpoints } from './kubernetes/described-endpoints.js';
import { sectionsOf } from './text/describe.js';
import { isKubectlChatter, kubectlClaim, kubectlCommand, kubectlFailure, settleFailures } from './text/kubectl.js';
import { loadYaml } from './text/yaml.js';

/*
 * Name:              kube-dns
 * Namespace:         kube-system
 * Selector:          k8s-app=kube-dns
 * Type:              ClusterIP
 * IP:                10.100.214.177
 *
 * `kubectl describe` of nodes, pods, services, endpoints and of the ConfigMaps that fix a network, one object or many.
 * Other kinds are told by their fields and carry nothing.
 */
type DescribedFact =
  | ClusterCidrFact
  | EndpointsFact
  | FlannelConfigFact
  | FlannelLeaseFact
  | NodeFact
  | PodFact
  | ServiceFact;

/** Descriptions of objects. */
export const kubectlDescribe = defineParser<DescribedFact>({
  command: 'kubectl-describe',
  emits: ['cluster-cidr', 'endpoints', 'flannel-config', 'flannel-lease', 'node', 'pod', 'service'],
  scope: 'cluster',
  claims: {
    command(argv) {
      const command = kubectlCommand(argv);
      return command?.verb === 'describe' ? kubectlClaim(command) : undefined;
    },
    file: /(?:^|-)describe(?:-|$)|(?:^|-)(?:nodes|pods)describe(?:-|$)/,
    sniff(head) {
      let names = 0;
      let fields = 0;
      for (const line of head) {
        if (/^Name:\s+\S+$/.test(line)) names++;
        if (/^(?:Namespace|Labels|Annotations|CreationTimestamp|Selector|Events|Roles|Taints|Start Time):\s/.test(line))
          fields++;
      }
      return names > 0 && fields > 2 ? 3 : names > 0 && fields > 0 ? 1 : 0;
    },
  },
  prepare: loadYaml,
  parse(text, out) {
    const failures: { line: number; text: string }[] = [];
    let i = 0;
    let saw = false;
    while (i < text.count) {
      const line = text.line(i);
      if (isName(line)) {
        const from = i++;
        while (i < text.count && !isName(text.line(i))) i++;
        takeObject(text, from, i, out);
        saw = true;
        continue;
      }
      if (line.trim() === '' || isKubectlChatter(line)) out.noise(i);
      else if (kubectlFailure(line)) failures.push({ line: i, text: line });
      else out.gap(i, 'not the beginning of an object');
      i++;
    }
    settleFailures(out, failures, saw);
  },
});

const isName = (line: string): boolean => /^Name:\s+\S/.test(line);

function takeObject(text: Text, from: number, to: number, out: Sink<DescribedFact>): void {
  const described: Described = {
    text,
    from,
    to,
    sections: sectionsOf(text, from, to),
    // The readers are typed by the wider union of all facts; every draft here is of one of this parser's kinds.
    emit: (line, fact) => out.fact(line, fact as Draft<DescribedFact>),
    gap: (line, reason) => out.gap(line, reason),
  };
  const read = readerOf(described);
  read?.(described);
  const data = read === readData;
  for (let i = from; i < to; i++) {
    const line = text.line(i);
    if (line.trim() === '' || !read) out.noise(i);
    else if (data || /^(?:\s|[A-Z][\w ()/.-]*:)/.test(line)) out.part(i);
    else out.gap(i, 'not a field of the object');
  }
}

/** The kind is not printed; fields tell it. */
function readerOf(d: Described): ((d: Described) => void) | undefined {
  const keys = new Set(d.sections.map((s) => s.key));
  if (keys.has('Subsets')) return describedEndpoints;
  if (keys.has('AddressType')) return describedEndpointSlice;
  if (keys.has('PodCIDR') || keys.has('System Info') || (keys.has('Addresses') && keys.has('Capacity')))
    return describedNode;
  if (keys.has('Session Affinity') || (keys.has('Type') && keys.has('Endpoints'))) return describedService;
  if (keys.has('Node') && keys.has('Status') && (keys.has('IP') || keys.has('Containers'))) return describedPod;
  for (let i = d.from; i + 1 < d.to; i++) {
    if (d.text.line(i) === 'Data' && d.text.line(i + 1) === '====') return readData;
  }
  return undefined;
}

/** Data of a ConfigMap: `net-conf.json:`, a rule of dashes, the text. */
function readData(d: Described): void {
  const starts: number[] = [];
  for (let i = d.from; i + 1 < d.to; i++) {
    if (/^[\w.-]+:$/.test(d.text.line(i)) && d.text.line(i + 1) === '----') starts.push(i);
  }
  for (const [n, start] of starts.entries()) {
    const lines: string[] = [];
    for (let i = start + 2; i < (starts[n + 1] ?? d.to); i++) {
      const line = d.text.line(i);
      if (line === 'BinaryData' || /^Events:/.test(line)) break;
      lines.push(line);
    }
    const key = d.text.line(start).slice(0, -1);
    readConfigText(d, key, { kind: 'text', line: start + 2, text: lines.join('\n'), plain: false, block: true });
  }
}

import type {
  AnyFact,
  ClusterCidrFact,
  ClusterDnsFact,
  ComponentConfigFact,
  CorefileFact,
  EndpointsFact,
  EventFact,
  FlannelAnnouncementFact,
  FlannelConfigFact,
  FlannelLeaseFact,
  Kind,
  KubeProxyConfigFact,
  NodeFact,
  PodFact,
  ServiceFact,
  WorkloadFact,
} from '../facts/index.js';
import { type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { canonicalObject } from './kubernetes/canonical.js';
import { readConfigText } from './kubernetes/config.js';
import { type Described, describedNode, describedPod, describedService, fieldOf } from './kubernetes/described.js';
import { describedEndpointSlice, describedEndpoints } from './kubernetes/described-endpoints.js';
import { describedEvents, describedWorkload, type EventObject } from './kubernetes/described-others.js';
import { isLeft } from './kubernetes/described-rows.js';
import { isDescribed, isExcerpt, readExcerpt } from './kubernetes/excerpt.js';
import { indentedAgain } from './kubernetes/flat.js';
import { type Section, sectionsOf } from './text/describe.js';
import {
  isKubectlChatter,
  type KubectlCommand,
  kubectlClaim,
  kubectlCommand,
  kubectlFailure,
  settleFailures,
} from './text/kubectl.js';
import { kindsListed } from './text/resources.js';
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
  | ClusterDnsFact
  | ComponentConfigFact
  | CorefileFact
  | EndpointsFact
  | EventFact
  | FlannelAnnouncementFact
  | FlannelConfigFact
  | FlannelLeaseFact
  | KubeProxyConfigFact
  | NodeFact
  | PodFact
  | ServiceFact
  | WorkloadFact;

/** Descriptions of objects. */
export const kubectlDescribe = defineParser<DescribedFact>({
  command: 'kubectl-describe',
  emits: [
    'cluster-cidr',
    'cluster-dns',
    'component-config',
    'corefile',
    'endpoints',
    'event',
    'flannel-announcement',
    'flannel-config',
    'flannel-lease',
    'kube-proxy-config',
    'node',
    'pod',
    'service',
    'workload',
  ],
  scope: 'cluster',
  claims: {
    command(argv) {
      const command = kubectlCommand(argv);
      return command?.verb === 'describe' ? kubectlClaim(command) : undefined;
    },
    file: /(?:^|-)describe(?:-|$)|(?:^|-)(?:nodes|pods)describe(?:-|$)/,
    sniff(lines) {
      const margin = Math.min(
        ...lines.map((line) => (line.trim() === '' ? 99 : line.length - line.trimStart().length)),
      );
      const head = margin > 0 ? lines.map((line) => line.slice(margin)) : lines;
      let names = 0;
      let fields = 0;
      for (const line of head) {
        if (/^Name:\s+\S+$/.test(line)) names++;
        if (FIELD.test(line)) fields++;
      }
      if (isDescribed(head) && isExcerpt(head)) return 2;
      if (names === 0 && head.some((line, i) => isEventsTable(line, head[i + 1] ?? ''))) return 2;
      // What was copied out of a description, or left by grep: conditions of a node, events.
      if (names === 0 && fields === 0 && head.some((line) => line.trim() !== '') && head.every(isLeft)) return 2;
      // The middle of a description: fields without the name above them.
      if (names === 0 && fields > 2 && head.filter((line) => /\S/.test(line) && isLeft(line)).length > 1) return 2;
      if (names === 0 || fields === 0) return 0;
      return fields > 2 ? 3 : fields === 2 ? 2 : 1;
    },
  },
  prepare: loadYaml,
  parse(captured, out, context) {
    const text = indentedAgain(captured);
    const command = kubectlCommand(context.argv);
    const kinds = new Set<string>(command ? kindsListed(command.resources, 'object') : []);
    const failures: { line: number; text: string }[] = [];
    const stray: number[] = [];
    let i = 0;
    let seen = 0;
    while (i < text.count) {
      const line = text.line(i);
      if (isName(line)) {
        const from = i++;
        while (i < text.count && !isName(text.line(i))) i++;
        takeObject(text, from, i, out, kinds);
        seen++;
        continue;
      }
      if (line.trim() === '' || isKubectlChatter(line)) out.noise(i);
      else if (isElision(line)) elided(out, i);
      else if (kubectlFailure(line)) failures.push({ line: i, text: line });
      else stray.push(i);
      i++;
    }
    takeStray(text, stray, out, kinds, command);
    settleFailures(out, failures, seen > 0);
    if (seen === 1 && !command) out.incomplete('filtered', 'one object, not a list of all');
    if (command || seen > 0 || stray.length > 0) out.only([...kinds] as DescribedFact['kind'][]);
  },
});

/** Fields that descriptions have and hardly anything else that begins with a name. */
const FIELD =
  /^(?:Namespace|Labels|Annotations|CreationTimestamp|Selector|Events|Roles|Taints|Start Time|Controlled By|Controllers|QoS Class|Node-Selectors|Tolerations|Priority|Containers|Init Containers|Conditions|Volumes|Capacity|Allocatable|System Info|Lease|Unschedulable|PodCIDRs?|Non-terminated Pods|Allocated resources|TargetPort|Session Affinity|Endpoints|Subsets|Pod Template|StrategyType):(?:\s|$)/;

/** `...`, `[ ... lines removed for clarity ...]` */
const isElision = (line: string): boolean =>
  /^\s*(?:\.{3,}|…|\[\s?(?:\.{3}|…).{0,200}\]|<snip(?:ped)?>)\s*$/.test(line);

const isField = (line: string): boolean => /^(?:\s|[A-Z][\w ()/.-]*:)/.test(line);

/** What grep left of the description that was asked for: `  IP:   10.244.1.5` */
const isRow = (line: string): boolean => /^\s*[A-Z][\w ()/.-]*:(?:\s|$)/.test(line);

/** `Events:` and the titles of its table. */
const isEventsTable = (line: string, next: string): boolean =>
  /^Events:\s*$/.test(line) && /^\s+(?:\S+\s+){1,6}Reason\s.*\bMessage\s*$/.test(next);

const isName = (line: string): boolean => /^Name:\s+\S/.test(line);

/** Lines before the first name: annotations that grep left, an object whose beginning was not copied, or nothing that we know. */
function takeStray(
  text: Text,
  lines: readonly number[],
  out: Sink<DescribedFact>,
  kinds: Set<string>,
  command: KubectlCommand | undefined,
): void {
  const texts = lines.map((line) => text.line(line));
  const events = texts.findIndex((line, i) => isEventsTable(line, texts[i + 1] ?? ''));
  if (!isExcerpt(texts)) {
    const rest = describedIn(text, lines[events] ?? 0, (lines.at(-1) ?? 0) + 1, out, kinds);
    const table = events < 0 ? undefined : rest.sections[0];
    const isRest =
      events >= 0 ||
      (texts.length > 0 && texts.every(isLeft)) ||
      texts.filter((line) => FIELD.test(line)).length > 2 ||
      (command !== undefined &&
        ((texts.length > 0 && texts.every(isRow)) || texts.filter((line) => /^\s/.test(line)).length > 1));
    for (const [i, line] of lines.entries())
      if (isRest && (isWithin(table, line) || isField(texts[i] ?? '') || isLeft(texts[i] ?? ''))) out.noise(line);
      else out.gap(line, 'not the beginning of an object');
    if (isRest) out.incomplete('truncated', 'the beginning of the object is not there');
    const about = events < 0 ? undefined : namedBy(command);
    if (about) describedEvents(rest, about);
    return;
  }
  for (const [i, line] of lines.entries()) {
    if (texts[i]?.trim() === '--') out.noise(line);
    else out.part(line);
  }
  readExcerpt(texts, 0, {
    emit(i, fact) {
      kinds.add(fact.kind);
      out.fact(lines[i] ?? 0, canonicalObject(fact));
    },
    gap: (i, reason) => out.gap(lines[i] ?? 0, reason),
  });
}

const isWithin = (section: Section | undefined, line: number): boolean =>
  section !== undefined && line >= section.line && line < section.to;

const KIND_OF: Readonly<Record<string, string>> = {
  daemonsets: 'DaemonSet',
  deployments: 'Deployment',
  nodes: 'Node',
  pods: 'Pod',
  services: 'Service',
};

/** The object that a command line names, where it names one. */
function namedBy(command: KubectlCommand | undefined): EventObject | undefined {
  const [resource = ''] = command?.resources ?? [];
  const kind = Object.hasOwn(KIND_OF, resource) ? KIND_OF[resource] : undefined;
  const [name, ...others] = command?.names ?? [];
  if (kind === undefined || name === undefined || others.length > 0 || command?.resources.length !== 1)
    return undefined;
  return { kind, name, namespace: command.namespace };
}

function describedIn(text: Text, from: number, to: number, out: Sink<DescribedFact>, kinds: Set<string>): Described {
  return {
    text,
    from,
    to,
    sections: sectionsOf(text, from, to),
    // The readers are typed by the wider union of all facts; every draft here is of one of this parser's kinds.
    emit(line, fact: Draft<AnyFact>) {
      kinds.add(fact.kind);
      out.fact(line, canonicalObject(fact as Draft<DescribedFact>));
    },
    gap: (line, reason) => out.gap(line, reason),
  };
}

function elided(out: Sink<DescribedFact>, line: number): void {
  out.noise(line);
  out.incomplete('truncated', 'lines of the description were left out');
}

function takeObject(text: Text, from: number, to: number, out: Sink<DescribedFact>, kinds: Set<string>): void {
  const described = describedIn(text, from, to, out, kinds);
  const reader = readerOf(described);
  reader?.read(described);
  for (const kind of reader?.lists ?? []) kinds.add(kind);
  describedEvents(described, {
    kind: reader?.kind ?? '',
    namespace: fieldOf(described, 'Namespace') ?? '',
    name: fieldOf(described, 'Name') ?? '',
  });
  const data = reader?.kind === 'ConfigMap';
  const events = described.sections.find((s) => s.key === 'Events');
  for (let i = from; i < to; i++) {
    const line = text.line(i);
    if (isElision(line)) elided(out, i);
    else if (line.trim() === '' || line === '--' || line === 'No events.' || !reader) out.noise(i);
    else if (data || isWithin(events, i) || isField(line)) out.part(i);
    else out.gap(i, 'not a field of the object');
  }
}

interface Reader {
  readonly kind: string;
  readonly lists: readonly Kind[];
  read(d: Described): void;
}

/** The kind is not printed; fields tell it. */
function readerOf(d: Described): Reader | undefined {
  const keys = new Set(d.sections.map((s) => s.key));
  if (keys.has('Subsets')) return { kind: 'Endpoints', lists: ['endpoints'], read: describedEndpoints };
  if (keys.has('AddressType')) return { kind: 'EndpointSlice', lists: ['endpoints'], read: describedEndpointSlice };
  if (keys.has('PodCIDR') || keys.has('System Info') || (keys.has('Addresses') && keys.has('Capacity')))
    return { kind: 'Node', lists: ['node', 'flannel-lease'], read: describedNode };
  if (keys.has('Session Affinity') || (keys.has('Type') && keys.has('Endpoints')))
    return { kind: 'Service', lists: ['service'], read: describedService };
  if (keys.has('Node') && keys.has('Status') && (keys.has('IP') || keys.has('Containers')))
    return { kind: 'Pod', lists: ['pod'], read: describedPod };
  const type = workloadOf(keys);
  if (type) return { kind: type, lists: ['workload'], read: describedWorkload(type) };
  for (let i = d.from; i + 1 < d.to; i++) {
    if (d.text.line(i) === 'Data' && d.text.line(i + 1) === '====')
      return { kind: 'ConfigMap', lists: [], read: readData };
    if (/^\s+flannel\.alpha\.coreos\.com\//.test(d.text.line(i)))
      return { kind: 'Node', lists: ['node'], read: describedNode };
  }
  return undefined;
}

function workloadOf(keys: ReadonlySet<string>): WorkloadFact['type'] | undefined {
  if (!keys.has('Pod Template')) return undefined;
  if (keys.has('Desired Number of Nodes Scheduled')) return 'DaemonSet';
  if (keys.has('StrategyType')) return 'Deployment';
  if (keys.has('Update Strategy')) return 'StatefulSet';
  // A ReplicationController has the same fields, but nobody above it.
  return keys.has('Replicas') && keys.has('Controlled By') ? 'ReplicaSet' : undefined;
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
    readConfigText(
      d,
      key,
      { kind: 'text', line: start + 2, text: lines.join('\n'), plain: false, block: true },
      fieldOf(d, 'Name') ?? '',
    );
  }
}

import { type At, at, type Capture, fileOf, type Located, lineOf, type PlacedCapture } from '../kit/index.js';
import { machinesBeside } from './beside.js';
import { datedByClock } from './clock.js';
import { clusterTags, findContradictions, whyNotComparable } from './epochs.js';
import { identify, type NodeParts } from './identity.js';
import { echoRequests, isQualified, shortName } from './joins.js';
import { placeCaptures } from './place.js';
import { splitByPlace } from './split.js';
import { clusterFacts, type Emits, makeStack } from './stack.js';
import { findTechnologies } from './technologies.js';
import type { ClusterModel, Node } from './types.js';

export interface ModelInput {
  readonly captures: readonly Capture[];
  /** What the layouts said of each capture, by the same index. */
  readonly located: readonly (Located | undefined)[];
  /** Paths by file index. */
  readonly files: readonly string[];
  /** Kinds of fact by command, from the parser registry. */
  readonly emits: Emits;
  readonly isCluster: (command: string) => boolean;
}

interface Group {
  readonly name: string;
  readonly names: Set<string>;
  readonly captures: PlacedCapture[];
}

/** A short name is that of the full one, if only one full name begins with it: `db.a.net` and `db.b.net` are two machines. */
function keysOf(names: ReadonlySet<string>): (name: string) => string {
  const qualified = new Map<string, Set<string>>();
  for (const name of names)
    if (isQualified(name)) {
      const short = shortName(name);
      qualified.set(short, (qualified.get(short) ?? new Set<string>()).add(name.toLowerCase()));
    }
  return (name) => {
    const full = qualified.get(shortName(name));
    return full !== undefined && full.size > 1 ? name.toLowerCase() : shortName(name);
  };
}

/** Equal names, short or full, are one node; different names stay apart and are joined to Kubernetes names by evidence. */
function groupByNode(captures: readonly PlacedCapture[]): readonly Group[] {
  const groups = new Map<string, Group>();
  const keyOf = keysOf(new Set(captures.flatMap((c) => (c.place.kind === 'stack' ? [c.place.node] : []))));
  for (const capture of captures) {
    if (capture.place.kind !== 'stack') continue;
    const { node } = capture.place;
    const key = keyOf(node);
    const group = groups.get(key) ?? { name: node, names: new Set<string>(), captures: [] };
    group.names.add(node);
    group.captures.push(capture);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function partsOf(group: Group, emits: Emits): NodeParts {
  const byNetns = new Map<string, PlacedCapture[]>([['', []]]);
  for (const capture of group.captures)
    push(byNetns, capture.place.kind === 'stack' ? capture.place.netns : '', capture);
  const others = [...byNetns]
    .filter(([netns]) => netns !== '')
    .map(([netns, captures]) => makeStack(group.name, netns, captures, emits));
  return {
    name: group.name,
    aliases: [...group.names].filter((n) => n !== group.name).sort(),
    host: makeStack(group.name, '', byNetns.get('') ?? [], emits),
    others,
  };
}

/** Captures of one file lie behind each other; a document may hold thousands. */
function captureFinder(captures: readonly PlacedCapture[]): (at: At) => PlacedCapture | undefined {
  const byFile = new Map<number, PlacedCapture[]>();
  for (const c of captures) push(byFile, c.file, c);
  for (const list of byFile.values()) list.sort((a, b) => a.firstLine - b.firstLine);
  return (at) => {
    const list = byFile.get(fileOf(at)) ?? [];
    const line = lineOf(at);
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((list[middle]?.firstLine ?? 0) <= line) low = middle + 1;
      else high = middle;
    }
    const found = list[low - 1];
    return found && line < found.firstLine + Math.max(1, found.lineCount) ? found : undefined;
  };
}

/** Captures to one model of the cluster. Pure: the same captures give the same model. */
export function buildModel(input: ModelInput): ClusterModel {
  const hosted = splitByPlace(input.captures, input.located);
  const captures = datedByClock(placeCaptures(hosted.captures, hosted.located, input.isCluster));
  const cluster = clusterFacts(
    captures.filter((c) => input.isCluster(c.command) || emitsCluster(c)),
    input.emits,
  );
  const parts = groupByNode(captures).map((g) => partsOf(g, input.emits));
  const seen = echoRequests(parts.flatMap((p) => [p.host, ...p.others]));
  const kubernetes = {
    nodes: cluster.facts('node'),
    pods: cluster.facts('pod'),
    leases: cluster.facts('flannel-lease'),
  };
  const replaced = obfuscations(captures);
  const identified = identify(parts, seen, kubernetes);
  const beside = machinesBeside(identified, { nodes: kubernetes.nodes, absence: cluster.absence('node') });
  const nodes = identified.map((node) => {
    const obfuscated = replaced.of(node.name);
    return { ...node, ...(obfuscated && { obfuscated }), ...(beside.has(node.name) && { beside: true as const }) };
  });
  const captureOf = captureFinder(captures);
  const contradictions = findContradictions(nodes, captures, captureOf);
  const tags = clusterTags(nodes);
  return {
    nodes,
    captures,
    files: input.files,
    ...cluster,
    captureOf,
    node: (name) => findNode(nodes, name),
    ...(replaced.cluster && { obfuscated: replaced.cluster }),
    contradictions,
    notComparable: (a, b) => whyNotComparable(captureOf(a), captureOf(b), contradictions, tags),
    technologies: findTechnologies(captures),
  };
}

/** Whose addresses were replaced, by the worst of its captures; an archive is cleaned as a whole, or not at all. */
function obfuscations(captures: readonly PlacedCapture[]) {
  const byNode = new Map<string, Node['obfuscated']>();
  for (const c of captures) {
    const node = c.place.kind === 'stack' ? c.place.node : '';
    const held = byNode.get(node);
    if (c.obfuscated && (held === undefined || (held.keeps === 'equality' && c.obfuscated.keeps === 'nothing')))
      byNode.set(node, { ...c.obfuscated, at: at(c.file, Math.max(1, c.firstLine)) });
  }
  return { of: (name: string) => byNode.get(name), cluster: byNode.get('') };
}

/** A node's log tells of leases too: those facts belong to the cluster although the capture is a stack's. */
const CLUSTER_FACTS = new Set(['flannel-lease', 'flannel-config', 'flannel-subnet-key']);
const emitsCluster = (c: PlacedCapture): boolean => c.facts.some((f) => CLUSTER_FACTS.has(f.kind));

function findNode(nodes: readonly Node[], name: string): Node | undefined {
  const exact = nodes.find((n) => n.name === name);
  if (exact) return exact;
  const matches = nodes.filter((n) => n.aliases.includes(name) || shortName(n.name) === shortName(name));
  return matches.length === 1 ? matches[0] : undefined;
}

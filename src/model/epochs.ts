import { type At, overlaps, type PlacedCapture, parsePrefix } from '../kit/index.js';
import { ownSubnets } from './lookups/flannel.js';
import type { Contradiction, Node } from './types.js';

/** Captures of dynamic state this far apart (seconds) are not of one moment. */
export const DYNAMIC_SPREAD = 600;
/** flannel's lease length: leases this far apart may have moved on. */
export const LEASE_SPREAD = 86400;

const DYNAMIC = new Set([
  'ip-neigh',
  'bridge-fdb',
  'brctl-showmacs',
  'conntrack',
  'conntrack-count',
  'conntrack-events',
  'conntrack-expect',
  'arping',
  'curl',
  'dig',
  'fping',
  'host',
  'hubble-observe',
  'mtr',
  'nc',
  'nslookup',
  'ping',
  'tcpdump',
  'telnet',
  'tracepath',
  'traceroute',
  'tshark',
  'wget',
]);
const TIMELESS = new Set(['sysctl', 'ip-netconf', 'uname', 'hostname']);

/** `ip-neigh-json` reads another form of the same. */
const plainForm = (command: string): string => command.replace(/-json$/, '');

/** Pasted documents hold captures of several moments; the files of one collector run do not. */
const sameRun = (a: PlacedCapture, b: PlacedCapture): boolean => a.block === b.block;

interface Tagged {
  readonly tag: string;
  readonly at: At;
  readonly capture: PlacedCapture;
}

/** One node that says two things of its own pod subnet in captures of different moments. */
function subnetContradictions(node: Node, captureOf: (at: At) => PlacedCapture | undefined): Contradiction[] {
  const facts = (kind: 'address' | 'route' | 'subnet-env' | 'flannel-log') =>
    node.host.listings(kind).flatMap((l) => l.facts as readonly unknown[]);
  const own = ownSubnets({
    address: facts('address') as never,
    route: facts('route') as never,
    'subnet-env': facts('subnet-env') as never,
    'flannel-log': facts('flannel-log') as never,
  });
  const first = own[0];
  if (!first) return [];
  const other = own.find((o) => disjoint(first.prefix, o.prefix) && differentRuns(first.at, o.at, captureOf));
  return other
    ? [
        {
          what: 'pod-subnet',
          node: node.name,
          says: `${node.name} owns ${first.prefix} in one capture and ${other.prefix} in another`,
          at: [first.at, other.at],
        },
      ]
    : [];
}

function disjoint(a: string, b: string): boolean {
  const left = parsePrefix(a);
  const right = parsePrefix(b);
  return left !== undefined && right !== undefined && !overlaps(left, right);
}

function differentRuns(a: At, b: At, captureOf: (at: At) => PlacedCapture | undefined): boolean {
  const left = captureOf(a);
  const right = captureOf(b);
  return left !== undefined && right !== undefined && !sameRun(left, right);
}

/** flannel configurations that carry different tags of a cluster. */
function tagContradictions(captures: readonly PlacedCapture[]): Contradiction[] {
  const tags: Tagged[] = [];
  for (const capture of captures)
    for (const fact of capture.facts) {
      const f = fact as unknown as {
        kind: string;
        at: At;
        clusterTag?: string;
        event?: { kind: string; clusterTag?: string };
      };
      const tag =
        f.kind === 'flannel-config' ? f.clusterTag : f.kind === 'flannel-log' ? f.event?.clusterTag : undefined;
      if (tag !== undefined) tags.push({ tag, at: f.at, capture });
    }
  const first = tags[0];
  const other = tags.find((t) => t.tag !== first?.tag);
  return first && other
    ? [
        {
          what: 'cluster-tag',
          says: `cluster tag ${first.tag} in one capture, ${other.tag} in another`,
          at: [first.at, other.at],
        },
      ]
    : [];
}

/** Tag of the cluster that each node's own log names: nodes of different tags are never compared. */
export function clusterTags(nodes: readonly Node[]): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const node of nodes)
    for (const log of node.host.facts('flannel-log'))
      if (log.event.kind === 'network-config' && log.event.clusterTag !== undefined)
        out.set(node.name, log.event.clusterTag);
  return out;
}

/** Two vxlan devices of one name on one node with different MACs, in captures of different moments. */
function vtepContradictions(node: Node, captureOf: (at: At) => PlacedCapture | undefined): Contradiction[] {
  const seen = new Map<string, { lladdr: string; at: At }>();
  for (const { facts } of node.host.listings('link'))
    for (const link of facts) {
      if (!/^(flannel\.\d+|vxlan\.calico)$/.test(link.name) || link.lladdr === undefined) continue;
      const before = seen.get(link.name);
      if (before && before.lladdr !== link.lladdr && differentRuns(before.at, link.at, captureOf))
        return [
          {
            what: 'vtep',
            node: node.name,
            says: `${link.name} of ${node.name} has ${before.lladdr} in one capture and ${link.lladdr} in another`,
            at: [before.at, link.at],
          },
        ];
      seen.set(link.name, { lladdr: link.lladdr, at: link.at });
    }
  return [];
}

export function findContradictions(
  nodes: readonly Node[],
  captures: readonly PlacedCapture[],
  captureOf: (at: At) => PlacedCapture | undefined,
): readonly Contradiction[] {
  return [
    ...tagContradictions(captures),
    ...nodes.flatMap((n) => [...subnetContradictions(n, captureOf), ...vtepContradictions(n, captureOf)]),
  ];
}

/** Undefined when two lines may be compared as of one moment; else why not. */
export function whyNotComparable(
  a: PlacedCapture | undefined,
  b: PlacedCapture | undefined,
  contradictions: readonly Contradiction[],
  tags: ReadonlyMap<string, string>,
): string | undefined {
  if (!a || !b || a === b) return undefined;
  const left = tagOf(a, tags);
  const right = tagOf(b, tags);
  if (left !== undefined && right !== undefined && left !== right)
    return `the nodes are of different clusters (${left}, ${right})`;
  if (sameRun(a, b)) return undefined;
  const apart = a.time !== undefined && b.time !== undefined ? Math.abs(a.time - b.time) : undefined;
  if (a.round && b.round && a.round.order !== b.round.order && (apart === undefined || apart > DYNAMIC_SPREAD))
    return `collected at different times (${a.round.name}, ${b.round.name})`;
  const commands = [plainForm(a.command), plainForm(b.command)];
  const timeless = commands.every((c) => TIMELESS.has(c));
  const limit = commands.some((c) => DYNAMIC.has(c)) ? DYNAMIC_SPREAD : LEASE_SPREAD;
  if (apart !== undefined && apart > (contradictions.length > 0 ? DYNAMIC_SPREAD : limit) && !timeless)
    return `captured ${minutes(apart)} apart`;
  const [mixed] = contradictions;
  if (mixed && apart === undefined) return `the captures are of different moments or clusters: ${mixed.says}`;
  return undefined;
}

const tagOf = (capture: PlacedCapture, tags: ReadonlyMap<string, string>): string | undefined =>
  capture.place.kind === 'stack' ? tags.get(capture.place.node) : undefined;

const minutes = (seconds: number): string =>
  seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;

import { plural } from '../options.js';
import { columnsOf } from '../text/lines.js';
import type { JsonClass } from './json.js';

/** The order in which a person counts: `node-2` before `node-10`. No locale has a say in it. */
export function byNumber(a: string, b: string): number {
  const [as, bs] = [a.split(/(\d+)/), b.split(/(\d+)/)];
  for (const [i, x] of as.entries()) {
    const y = bs[i];
    if (y === undefined) return 1;
    if (x === y) continue;
    const difference = i % 2 === 1 ? Number(x) - Number(y) : 0;
    return difference || (x < y ? -1 : 1);
  }
  return as.length - bs.length;
}

/** Some names told as one, and how many they are. */
interface Item {
  readonly text: string;
  readonly count: number;
}

/** The number that a name ends with, but for what is no digit. */
const NUMBERED = /^(.*?)(\d{1,9})(\D*)$/s;

/** `node-7` → `node-8`, `n09` → `n10`. */
function nextName(name: string): string | undefined {
  const [, front, digits, back] = NUMBERED.exec(name) ?? [];
  return digits === undefined ? undefined : `${front}${String(Number(digits) + 1).padStart(digits.length, '0')}${back}`;
}

/** Names in order; three or more that count on from one to the next are one: `node-3…node-9`. */
export function ranged(names: readonly string[]): readonly Item[] {
  const runs: string[][] = [];
  for (const name of [...new Set(names)].sort(byNumber)) {
    const run = runs.at(-1);
    if (run && nextName(run.at(-1) ?? '') === name) run.push(name);
    else runs.push([name]);
  }
  return runs.flatMap((run): readonly Item[] =>
    run.length > 2 ? [{ text: `${run[0]}…${run.at(-1)}`, count: run.length }] : run.map((text) => ({ text, count: 1 })),
  );
}

const joined = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((s) => s !== '').join(' and ');

/** `a, b and 7 more`: no more than `most`, and as many as fit; one at least. */
export function fitted(items: readonly Item[], most: number, fits: (text: string) => boolean = () => true): string {
  for (let shown = Math.min(items.length, most); ; shown--) {
    const left = items.slice(shown).reduce((n, i) => n + i.count, 0);
    const text = joined([...items.slice(0, shown).map((i) => i.text), ...(left > 0 ? [`${left} more`] : [])]);
    if (shown <= 1 || fits(text)) return text;
  }
}

const NOUNS: Readonly<Record<JsonClass['kind'], readonly [one: string, many: string]>> = {
  pods: ['node', 'nodes'],
  node: ['node', 'nodes'],
  service: ['service', 'services'],
  dns: ['DNS port', 'DNS ports'],
  api: ['API server', 'API servers'],
  'node-port': ['NodePort', 'NodePorts'],
  outside: ['outside host', 'outside hosts'],
};

const isOfNodes = (kind: JsonClass['kind']): boolean => kind === 'pods' || kind === 'node' || kind === 'outside';

/** A port of a node or of its pods. */
const isPort = ({ kind, port }: JsonClass): boolean => port !== undefined && isOfNodes(kind);

/** Without ports of those who are told wholly. */
function withoutTold(members: readonly JsonClass[]): readonly JsonClass[] {
  const whole = new Set(members.flatMap((m) => (isPort(m) ? [] : `${m.kind} ${m.node} ${m.family}`)));
  return members.filter((m) => !isPort(m) || !whole.has(`${m.kind} ${m.node} ${m.family}`));
}

const nodesOf = (members: readonly JsonClass[]): readonly Item[] =>
  ranged(withoutTold(members).map((m) => (isPort(m) ? m.name.replace(/^pods of /, '') : (m.node ?? m.name))));

/** Ports of one service told together: `kube-system/kube-dns:53/udp,53,9153`. */
function servicesOf(members: readonly JsonClass[]): readonly Item[] {
  const ports = new Map<string, string[]>();
  for (const { name } of [...members].sort((a, b) => byNumber(a.name, b.name))) {
    const at = name.indexOf(':');
    const service = name.slice(0, at);
    const held = ports.get(service);
    if (held) held.push(name.slice(at + 1));
    else ports.set(service, [name.slice(at + 1)]);
  }
  return [...ports].map(([service, list]) => ({ text: `${service}:${list.join(',')}`, count: list.length }));
}

/** Columns in which NodePorts of several nodes are told one by one. */
const LONG_PORTS = 90;

/** NodePorts that the same nodes have told together: `30080 (default/web) on node-1…node-3`. */
function nodePortsOf(members: readonly JsonClass[]): readonly Item[] {
  const nodes = new Map<string, string[]>();
  for (const { name, node = '' } of members) {
    const port = name.startsWith(`${node}:`) ? name.slice(node.length + 1) : name;
    const held = nodes.get(port);
    if (held) held.push(node);
    else nodes.set(port, [node]);
  }
  const ports = new Map<string, { readonly on: readonly Item[]; readonly ports: string[]; count: number }>();
  for (const [port, names] of [...nodes].sort(([a], [b]) => byNumber(a, b))) {
    const on = ranged(names);
    const key = JSON.stringify(on);
    const held = ports.get(key) ?? { on, ports: [], count: 0 };
    ports.set(key, held);
    held.ports.push(port);
    held.count += names.length;
  }
  const items = [...ports.values()].map(({ on, ports: list, count }) => ({
    text: `${fitted(
      list.map((text) => ({ text, count: 1 })),
      3,
    )} on ${fitted(on, 3)}`,
    count,
  }));
  if (items.length === 1 || columnsOf(items.map((i) => i.text).join(', ')) <= LONG_PORTS) return items;
  const on = fitted(ranged(members.map((m) => m.node ?? '')), 3);
  return [{ text: `${plural(nodes.size, 'port')} on ${on}`, count: members.length }];
}

/** The members of a line of one kind, as few words as tell them apart. */
export function itemsOf(members: readonly JsonClass[]): readonly Item[] {
  switch (members[0]?.kind) {
    case 'pods':
    case 'node':
      return nodesOf(members);
    case 'outside':
      return members.map(({ name }) => ({ text: name, count: 1 }));
    case 'node-port':
      return nodePortsOf(members);
    default:
      return servicesOf(members);
  }
}

/** Names that fit so many columns stand for themselves; more of them are counted. */
const SHORT = 22;
const LONG = 44;

/** `pods of node-1`, `pods of node-2…node-7`, `pods of 30 nodes`, `default/web:80`, `12 services`. */
export function titleOf(all: readonly JsonClass[], short = SHORT): string {
  const members = withoutTold(all);
  const [first] = members;
  if (!first) return '';
  if (members.length === 1) return first.name;
  const { kind } = first;
  const items = itemsOf(members);
  const names = items.map((i) => i.text).join(', ');
  const pods = kind === 'pods' ? 'pods of ' : '';
  if (isOfNodes(kind) && columnsOf(names) <= short) return `${pods}${names}`;
  // The ports of one service need no number before them.
  if (kind !== 'node-port' && !isOfNodes(kind) && items.length === 1) return names;
  const [one, many] = NOUNS[kind];
  return `${pods}${plural(members.length, one, many)}`;
}

const ORDER: readonly JsonClass['kind'][] = ['pods', 'node', 'api', 'service', 'dns', 'node-port', 'outside'];

/** Ends in the order in which they are told: by kind, then by name. */
export const inOrder = (a: JsonClass, b: JsonClass): number =>
  ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || byNumber(a.name, b.name);

/** Ends of one kind: by their names where these are few. */
function someOf(members: readonly JsonClass[], most: number): string {
  const [first] = members;
  const items = itemsOf(members);
  const names = items.map((i) => i.text).join(', ');
  if (first?.kind === 'outside') return columnsOf(names) <= LONG ? names : 'outside';
  if (first?.kind === 'node-port') return columnsOf(names) <= LONG ? names : titleOf(members, 0);
  if (items.length === 1 || members.length <= most) return `${first?.kind === 'pods' ? 'pods of ' : ''}${names}`;
  return titleOf(members, 0);
}

/** Ends of several kinds: `node-1, node-2 and their pods, 12 services and kube-system/kube-dns:53,53/udp`. */
export function endsOf(all: readonly JsonClass[], most: number): string {
  const members = withoutTold(all);
  const of = (kind: JsonClass['kind']): readonly JsonClass[] => members.filter((m) => m.kind === kind);
  const [pods, nodes] = [of('pods'), of('node')];
  const on = new Set(nodes.map((n) => n.node));
  const isBoth =
    pods.length > 0 && !members.some(isPort) && pods.length === nodes.length && pods.every((p) => on.has(p.node));
  // Nodes first: `pods of node-3 and node-2` would be read as one.
  const parts = ['node' as const, ...ORDER.filter((kind) => kind !== 'node')].flatMap((kind): readonly string[] => {
    const own = of(kind);
    if (own.length === 0 || (isBoth && kind === 'pods')) return [];
    const text = someOf(own, most);
    return [isBoth && kind === 'node' ? `${text} and ${own.length === 1 ? 'its' : 'their'} pods` : text];
  });
  return isBoth && parts.length > 1 ? parts.join(', ') : joined(parts);
}

import type { BirdProtocolFact, BirdRouteFact } from '../facts/index.js';
import { canonicalPrefix, type Draft, defineParser, parseAddress, type Sink, type Text } from '../kit/index.js';

/*
 * BIRD v0.3.3+birdv1.6.3 ready.
 * name             proto    table    state  since       info
 * Mesh_10_162_0_5  BGP      master   up     17:10:20    Established
 *
 * 10.244.11.0/26     via 10.162.0.5 on ens4 [Mesh_10_162_0_5 17:10:20] * (100/0) [i]        (1.x)
 * 10.244.11.0/26       unicast [Mesh_10_162_0_5 17:10:20.123] * (100/0) [i]                 (2.x, 3.x)
 *         via 10.162.0.5 on ens4
 *
 * 1002-Mesh_10_162_0_5  BGP      master   up     17:10:20    Established                    (the socket itself)
 *
 * `show protocols` and `show route`, with and without `all`, of birdcl and birdc, and what BIRD's socket answers.
 */
type BirdFact = BirdProtocolFact | BirdRouteFact;

const STATES = new Set(['up', 'down', 'start', 'wait', 'feed', 'stop', 'flush']);
const TITLE = /^name +proto +table/i;
const GREETING = /^(?:BIRD \S+ ready\.|show (?:protocols|route|status)\b|Access restricted|Table \S+:|bird> ?)/;
const STATUS =
  /^(?:BIRD \S+$|Router ID is |Hostname is |Current server time is |Last re(?:boot|configuration) on |Daemon is |Reconfiguration |Graceful restart |\s+Waiting for \d+ protocols|\s+Wait timer is )/;
/** What `show bfd sessions` and its like answer between two of ours. */
const NONE = /^There is no \w+ protocol (?:running|up)$/;
const FAILURE =
  /^(?:Unable to connect to server|.*: command not found|.*: Permission denied|.*: No such file|syntax error|runtime error|birdcl?: )/;

/** What `show` shows, its words shortened as BIRD's command line allows. */
function shownBy(argv: readonly string[]): { object?: BirdFact['kind']; rest: readonly string[] } {
  const words = argv.slice(1).flatMap((w) => w.replace(/^["']|["']$/g, '').split(' '));
  const at = words.findIndex((word) => word.length > 1 && 'show'.startsWith(word));
  const [name = '', ...rest] = at < 0 ? [] : words.slice(at + 1);
  if (name !== '' && 'protocols'.startsWith(name)) return { object: 'bird-protocol', rest };
  return name !== '' && 'route'.startsWith(name) ? { object: 'bird-route', rest } : { rest: [] };
}

const objectOf = (argv: readonly string[]): BirdFact['kind'] | undefined =>
  /^birdcl?6?$/.test(argv[0] ?? '') ? shownBy(argv).object : undefined;

/** BIRD's protocols and routes. */
export const birdcl = defineParser<BirdFact>({
  command: 'birdcl',
  emits: ['bird-protocol', 'bird-route'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (!/^birdcl?6?$/.test(argv[0] ?? '')) return undefined;
      const { object, rest } = shownBy(argv);
      if (!object) return undefined;
      const selection = rest.filter((word) => word !== 'all').join(' ');
      return selection === '' ? {} : { scope: { selection } };
    },
    file: /(?:^|-)birdcl?6?-.*(?:protocols?|routes?)(?:-|$)/,
    sniff(head) {
      let rows = 0;
      for (const [i, line] of head.entries()) {
        // calicoctl of 2015 showed BIRD's greeting below its own heading.
        if (/^IPv[46] Bird \(BGP\) status/.test(line)) return 0;
        if (/^(?:0001 )?BIRD \S+ ready\./.test(line)) return 3;
        if (/^(?:2002-)?name +proto +table +state +since +info/i.test(line)) return 3;
        if (isProtocol(line) && DETAIL.test(head[i + 1] ?? '')) return 3;
        if (isRoute(line) && pathOf(line.slice(0, 300).replace(/^\S+/, '').trim())) rows++;
      }
      return rows > 0 ? 2 : 0;
    },
  },
  parse(printed, out, context) {
    const text = withoutCodes(printed);
    const kinds = new Set<BirdFact['kind']>();
    const asked = objectOf(context.argv);
    if (asked) kinds.add(asked);
    let saw = false;
    let failed = false;
    for (let i = 0; i < text.count; ) {
      const line = text.line(i);
      if (line.trim() === '' || GREETING.test(line) || STATUS.test(line) || NONE.test(line) || TITLE.test(line)) {
        if (TITLE.test(line)) kinds.add('bird-protocol');
        out.noise(i++);
      } else if (FAILURE.test(line)) {
        failed = !saw;
        if (saw) out.noise(i);
        else out.failed(i, /denied/.test(line) ? 'permission-denied' : 'command-failed', line.slice(0, 200));
        i++;
      } else {
        saw = true;
        kinds.add(isRoute(line) ? 'bird-route' : 'bird-protocol');
        i = isRoute(line) ? takeRoutes(text, i, out) : takeProtocol(text, i, out);
      }
    }
    if (asked || !failed) out.only([...kinds]);
  },
});

/** A reply of the socket (BIRD's nest/cli.c): a code and `-` or, at its end, a blank; what goes on with the same code has a blank alone. */
const CODED = /^\d{4}(?:[- ]|$)/;

/** What birdcl would print of the socket's replies. */
function withoutCodes(text: Text): Text {
  let coded = false;
  for (let i = 0; i < Math.min(text.count, 20); i++) coded ||= /^(?:0001 BIRD|[12]\d{3}-)/.test(text.line(i));
  if (!coded) return text;
  const plain = (line: string): string => (CODED.test(line) ? line.slice(5) : line.replace(/^ /, ''));
  return { ...text, line: (i) => plain(text.line(i)) };
}

/** `show route` lines start with a prefix, or with blanks when they add a path to the prefix above. */
const isRoute = (line: string): boolean => /^[0-9a-fA-F:.]+\/\d+\s/.test(line);
const isIndented = (line: string): boolean => line.startsWith(' ') || line.startsWith('\t');

/** `PEER_1  BGP  master  up  17:10:20  Established`. */
const isProtocol = (line: string): boolean =>
  !isIndented(line) && line.length < 300 && STATES.has(line.split(/\s+/, 4)[3] ?? '');
/** A line that `show protocols all` prints first below a row. */
const DETAIL =
  /^ {2}(?:Description: {4}\S|Preference: {5}\d|Channel \w+$|BGP state: {5}\w|(?:In|Out)put filter: {2}\S)/;

/** One row and, with `all`, the indented lines under it; returns the line behind. */
function takeProtocol(text: Text, at: number, out: Sink<BirdFact>): number {
  const [name = '', protocol = '', table = '', state = '', ...rest] = text.line(at).trim().split(/\s+/);
  // A pipe joins two tables of BIRD's own, and no peer: one whose state is left out tells nothing.
  if (protocol === 'Pipe' && rest.includes('=>') && /^\d{4}-\d\d-\d\d$/.test(state)) {
    out.noise(at);
    let next = at + 1;
    for (; next < text.count && isIndented(text.line(next)); next++) out.noise(next);
    return next;
  }
  if (!STATES.has(state) || isIndented(text.line(at))) {
    out.gap(at, 'neither a protocol nor a route of BIRD');
    return at + 1;
  }
  // `timeformat protocol iso long` prints date and time in two words; `down` without a date is possible.
  const dated = /^\d{4}-\d\d-\d\d$/.test(rest[0] ?? '') && /^\d\d:\d\d/.test(rest[1] ?? '');
  const since = rest.slice(0, dated ? 2 : /^\d/.test(rest[0] ?? '') ? 1 : 0);
  const info = rest.slice(since.length).join(' ');
  const detail: { state?: string; neighbour?: string; as?: number } = {};
  let next = at + 1;
  for (; next < text.count && isIndented(text.line(next)); next++) {
    readDetail(text.line(next).trim(), detail);
    out.part(next);
  }
  const neighbour = detail.neighbour ?? neighbourOf(name);
  out.fact(at, {
    kind: 'bird-protocol',
    name,
    protocol,
    ...(table !== '---' && { table }),
    state,
    ...(since.length > 0 && { since: since.join(' ') }),
    ...((info || detail.state) && { info: info || detail.state }),
    ...(neighbour !== undefined && { neighbour }),
    ...(detail.as !== undefined && { neighbourAs: detail.as }),
  });
  return next;
}

function readDetail(line: string, detail: { state?: string; neighbour?: string; as?: number }): void {
  const colon = line.indexOf(':');
  const value = line.slice(colon + 1).trim();
  switch (line.slice(0, colon)) {
    case 'BGP state':
      detail.state ??= value;
      break;
    case 'Neighbor address': {
      const address = value.split('%')[0] ?? '';
      if (parseAddress(address)) detail.neighbour ??= address;
      break;
    }
    case 'Neighbor AS':
      if (/^\d+$/.test(value)) detail.as ??= Number(value);
  }
}

/** calico/node's bird.cfg template names a protocol after its peer: `Mesh_10_162_0_5`, `Node_…`, `Global_…_port_178`. */
function neighbourOf(name: string): string | undefined {
  const address = /^(?:Mesh|Node|Global)_((?:\d+_){3}\d+)(?:_port_\d{1,5})?$/.exec(name)?.[1]?.replaceAll('_', '.');
  return address !== undefined && parseAddress(address) ? address : undefined;
}

type Path = Omit<Draft<BirdRouteFact>, 'kind' | 'prefix' | 'via' | 'dev'>;

/** All paths of one prefix; returns the line behind. */
function takeRoutes(text: Text, at: number, out: Sink<BirdFact>): number {
  const prefix = canonicalPrefix(text.line(at).split(/\s/, 1)[0] ?? '');
  let path: { at: number; value: Path; hops: number } | undefined;
  const close = (): void => {
    // Without a next hop on this line or below it: blackhole, unreachable, a path of another table.
    if (path && path.hops === 0 && prefix !== undefined)
      out.fact(path.at, { kind: 'bird-route', prefix, ...path.value });
  };
  let i = at;
  for (; i < text.count && (i === at || isIndented(text.line(i))); i++) {
    const line = i === at ? text.line(i).replace(/^\S+/, '').trim() : text.line(i).trim();
    const value = pathOf(line);
    const hop = hopOf(line);
    if (prefix === undefined) out.gap(i, 'the prefix is masked or unreadable');
    else if (line.startsWith('via ') && !hop) {
      out.gap(i, 'the next hop is masked or unreadable');
      path = undefined;
    } else if (value) {
      close();
      path = { at: i, value, hops: 0 };
      out.part(i);
    } else if (line === '' || i === at) {
      if (line !== '') out.gap(i, 'not a path of BIRD');
    } else out.part(i);
    if (path && hop && prefix !== undefined) {
      path.hops++;
      out.fact(i, { kind: 'bird-route', prefix, ...path.value, ...hop });
    }
  }
  close();
  return i;
}

/** `via 10.0.0.2 on eth0`, `dev eth0`, at the beginning of a path (1.x) or on its own line (2.x). */
function hopOf(line: string): { via?: string; dev?: string } | undefined {
  const words = line.split(/\s+/, 4);
  if (words[0] === 'dev' && words[1] !== undefined) return { dev: words[1] };
  if (words[0] !== 'via' || !parseAddress(words[1] ?? '')) return undefined;
  return { via: words[1] ?? '', ...(words[2] === 'on' && words[3] !== undefined && { dev: words[3] }) };
}

/** `* (100/0)`, of OSPF `* IA (150/10)`: whether it is in use, the kind of path, its preference and metric. */
const BEHIND_PROTOCOL = /^[*!]?\s*(?:(?:IA?|E[12]?) +)?\(/;

/** `unicast [Mesh_10_0_0_2 17:10:20 from 10.0.0.2] * (100/0) [i]`: a path has its protocol in brackets. */
function pathOf(line: string): Path | undefined {
  const open = line.indexOf('[');
  const close = line.indexOf(']', open);
  if (open < 0 || close < 0 || !BEHIND_PROTOCOL.test(line.slice(close + 1).trimStart())) return undefined;
  const [word = ''] = line.split(' ', 1);
  const [protocol = '', ...rest] = line.slice(open + 1, close).split(' ');
  const from = rest.indexOf('from');
  const since = rest.slice(0, from < 0 ? rest.length : from).join(' ');
  return {
    type: word === 'via' || word === 'dev' ? 'unicast' : word,
    protocol,
    ...(since !== '' && { since }),
    primary: line
      .slice(close + 1)
      .trimStart()
      .startsWith('*'),
  };
}

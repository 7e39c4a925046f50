import type { BirdConfigFact, BirdConfigProtocolFact } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink } from '../kit/index.js';
import { protocolOf } from './bird/protocol.js';
import { type Statement, statementsOf } from './bird/statements.js';
import { failureIn } from './text/failure.js';
import { pathsRead } from './text/reader.js';

/*
 * router id 10.0.0.5;
 * protocol kernel { learn; persist; scan time 2; import all; export filter calico_kernel_programming; }
 * template bgp bgp_template { local as 64512; multihop; import all; export filter calico_export_to_bgp_peers; }
 * protocol bgp Mesh_10_0_0_6 from bgp_template { neighbor 10.0.0.6 as 64512; passive on; }
 *
 * bird.cfg of BIRD 1.6, 2 and 3, as Calico's confd writes it (with bird_ipam.cfg and bird_aggr.cfg) and as people do.
 */
type BirdCfgFact = BirdConfigFact | BirdConfigProtocolFact;

const STATEMENTS: ReadonlySet<string> = new Set(
  'router protocol template filter function include log debug define table ipv4 ipv6 roa listen timeformat eval watchdog mrtdump graceful hostname attribute threads vpn4 vpn6 flow4 flow6 aspa roa4 roa6 cli protect'.split(
    ' ',
  ),
);
const TELLING =
  /^\s*(?:router id (?:from )?["\d-][^;]*;|(?:protocol|template) (?:bgp|kernel|device|direct|static|ospf(?: v[23])?|pipe|bfd|rip|babel|rpki|radv|aggregator|l3vpn|mrt|perf)\b[^{;]*\{?|(?:filter|function) \w+\s*\(?[^{;]*\{?|include "[^"]+";)/;

/** BIRD's configuration. */
export const birdCfg = defineParser<BirdCfgFact>({
  command: 'bird-cfg',
  emits: ['bird-config', 'bird-config-protocol'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      pathsRead(argv).some((path) => /(?:^|\/)bird6?(?:_\w+)?\.(?:cfg|conf)$/.test(path)) ? {} : undefined,
    file: /(?:^|-)bird6?(?:-(?:ipam|aggr))?-(?:cfg|conf)$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '' && !/^\s*#/.test(line));
      const telling = lines.filter((line) => line.length < 500 && TELLING.test(line));
      const isProtocol = telling.some((line) => /^\s*(?:protocol|template|router)\s/.test(line));
      if (telling.length === 0 || !lines.some((line) => /[{;]\s*(?:#.*)?$/.test(line))) return 0;
      if (isProtocol && telling.length > 1) return 3;
      // One protocol alone, as people quote theirs.
      if (isProtocol && lines.some((line) => /^\s*(?:neighbor \S+ as |local (?:\S+ )?as |(?:im|ex)port )/.test(line)))
        return 3;
      // confd's bird_ipam.cfg holds filters alone.
      return telling.some((line) => /^\s*(?:filter|function) calico_|^\s*(?:filter|function) apply_/.test(line))
        ? 3
        : 0;
    },
  },
  parse(text, out) {
    const { statements, comments } = statementsOf(text);
    const config: { routerId?: string; listenPort?: number } = {};
    const includes: string[] = [];
    const filters: string[] = [];
    let first: number | undefined;
    let known = false;
    for (let i = 0; i < text.count; i++) if (comments.has(i)) out.noise(i);
    for (const statement of statements) {
      const [word = '', next = ''] = statement.words;
      // confd's templates leave `};` behind blocks.
      const told = STATEMENTS.has(word);
      for (let i = statement.line; i <= statement.end; i++)
        if (!comments.has(i)) mark(out, i, told, text.line(i), known);
      if (!told) continue;
      known = true;
      if (word === 'protocol' || word === 'template') takeProtocol(statement, out);
      else {
        first ??= statement.line;
        if (word === 'router' && next === 'id') takeRouterId(statement, config, out);
        else if (word === 'include') includes.push(next.replace(/^["']|["']$/g, ''));
        else if (word === 'filter' || word === 'function') filters.push(next.replace(/\(.*$/, ''));
        else if (word === 'listen') {
          const port = /\bport (\d{1,5})\b/.exec(statement.words.join(' '))?.[1];
          if (port !== undefined) config.listenPort = Number(port);
        }
      }
    }
    for (let i = 0; i < text.count; i++) if (/^\s*\}?;?\s*(?:#.*)?$/.test(text.line(i))) out.noise(i);
    if (first !== undefined) out.fact(first, { kind: 'bird-config', ...config, includes, filters });
  },
});

function mark(out: Sink<BirdCfgFact>, i: number, told: boolean, line: string, known: boolean): void {
  const reason = known ? undefined : failureIn(line);
  if (told) out.part(i);
  else if (reason) out.failed(i, reason, line.trim().slice(0, 200));
  else out.gap(i, 'not a statement of bird.cfg');
}

function takeProtocol(statement: Statement, out: Sink<BirdCfgFact>): void {
  const reading = protocolOf(statement);
  if ('fact' in reading) out.fact(statement.line, reading.fact);
  else out.gap(reading.line, reading.masked);
}

/** `router id 10.0.0.5`, `router id from "eth0"`, or a number. */
function takeRouterId(statement: Statement, config: { routerId?: string }, out: Sink<BirdCfgFact>): void {
  const written = statement.words[2] ?? '';
  const address = canonicalAddress(written);
  if (address !== undefined) config.routerId = address;
  else if (/[.:]/.test(written)) out.gap(statement.line, 'the router id is masked');
}

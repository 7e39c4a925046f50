import type { NeighbourFact } from '../facts/index.js';
import { type Claim, canonicalAddress, defineParser, formatAddress, parseAddress } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { type Iproute2Command, iproute2Command, namedFamily, selection, shown } from './text/iproute2.js';
import { wordsOf } from './text/words.js';

/*
 * 10.244.1.0 dev flannel.1 lladdr 16:88:4f:00:36:49 PERMANENT
 * 10.0.2.2 dev eth0 lladdr 52:54:00:12:35:02 ref 1 used 55/55/11probes 1 STALE
 * 10.244.0.9 dev cni0  FAILED
 *
 * iproute2 ip/ipneigh.c print_neigh; 6.1 forgets the blank before `probes`, and that of Linux 2.4 prints `nud` before the state.
 */
const STATES: ReadonlySet<string> = new Set([
  'INCOMPLETE',
  'REACHABLE',
  'STALE',
  'DELAY',
  'PROBE',
  'FAILED',
  'NOARP',
  'PERMANENT',
  'NONE',
]);
const FLAGS: ReadonlySet<string> = new Set(['router', 'proxy', 'offload', 'extern_learn', 'managed', 'extern_valid']);
/** Words whose value says nothing of the entry: statistics, and who made it. */
const VALUED: ReadonlySet<string> = new Set(['ref', 'probes', 'proto', 'protocol', 'vid', 'dst']);

const isState = (word: string): boolean =>
  STATES.has(word) || word.split(',').every((s) => STATES.has(s) || /^0x[\da-f]+$/.test(s));

/** Also the address of an IPIP or GRE neighbour, and infiniband's 20 octets. */
const isLinkAddress = (word: string): boolean =>
  /^[\da-fA-F]{2}(?::[\da-fA-F]{2}){0,31}$/.test(word) || parseAddress(word) !== undefined;

type Entry = { -readonly [K in keyof Omit<NeighbourFact, 'at' | 'kind'>]: NeighbourFact[K] };

/** One line; a reason when it is no entry. `asked` is the device of `show dev X`, which then does not stand in the lines. */
function entryOf(line: string, asked: string | undefined): Entry | string {
  const words = wordsOf(line);
  const parsed = parseAddress(words[0] ?? '');
  const flags: string[] = [];
  let dev = asked;
  let lladdr: string | undefined;
  let state: string | undefined;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === 'dev') dev = words[++i];
    else if (word === 'lladdr') {
      const value = words[++i] ?? '';
      if (!isLinkAddress(value)) return 'the link-layer address is masked or unreadable';
      lladdr = value.toLowerCase();
    } else if (word === 'used') {
      // `used 55/55/11probes 1`: the glued word takes the number behind it.
      if ((words[++i] ?? '').endsWith('probes')) i++;
    } else if (word === 'nud' && isState((words[i + 1] ?? '').toUpperCase())) state = (words[++i] ?? '').toUpperCase();
    else if (FLAGS.has(word)) flags.push(word);
    else if (VALUED.has(word)) i++;
    else if (isState(word)) state = word;
    else return 'not an entry of ip neigh';
  }
  if (!parsed) return 'the address is masked or unreadable';
  if (dev === undefined) return 'an entry without its device';
  if (lladdr === undefined && state === undefined && !flags.includes('proxy')) return 'not an entry of ip neigh';
  return {
    family: parsed.family,
    address: formatAddress(parsed),
    dev,
    flags,
    ...(lladdr !== undefined && { lladdr }),
    ...(state !== undefined && { state }),
  };
}

const LINE =
  /^\s*(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F:]*:[\da-fA-F:.]+) (?:dev \S+ )?(?:lladdr [\da-fA-F:]{2,} )?.*\b(?:REACHABLE|STALE|DELAY|PROBE|FAILED|NOARP|PERMANENT|INCOMPLETE|proxy|nud [a-z]+)\b\s*$/;
const SELECT_FLAGS = new Set(['proxy', 'unused', 'router', 'extern_learn', 'nomaster']);
const SELECT_KEYS = new Set(['dev', 'to', 'nud', 'vrf', 'master', 'protocol']);

/** What `ip neigh show …` selects; undefined for other commands. */
export function neighbourScope(command: Iproute2Command): Claim | undefined {
  const words = command.object === 'neighbour' ? shown(command.args) : undefined;
  if (!words) return undefined;
  const { to, ...rest } = selection(words, 'to', SELECT_FLAGS, SELECT_KEYS);
  const address = to === undefined ? undefined : (canonicalAddress(to) ?? to);
  return {
    scope: { ...(command.family && { family: command.family }), ...rest, ...(address !== undefined && { address }) },
  };
}

const ofFamily = namedFamily('n');

/** `ip neigh` in all its forms but `-br` and `-j`. */
export const ipNeigh = defineParser<NeighbourFact>({
  command: 'ip-neigh',
  emits: ['neigh'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      return command?.plain ? neighbourScope(command) : undefined;
    },
    file: /(?:^|-)ip(?:v?[46])?(?:-(?:s|d|4|6|stats))*-?(?:n|neigh(?:bou?r)?s?)(?:-|$)|^neigh(?:bou?r)?s?$/,
    named: (name) => {
      const nud = /-n(?:eigh\w*)?-(?:show-)?(?:nud-)?(noarp|permanent|all)(?:-|$)/.exec(name)?.[1];
      const { scope: family } = ofFamily(name);
      const proxy = /-proxy(?:-|$)/.test(name);
      if (nud === undefined && !family && !proxy) return {};
      return { scope: { ...family, ...(proxy && { proxy: '' }), ...(nud !== undefined && { nud }) } };
    },
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      const telling = lines.filter(
        (line) => line.length < 1000 && LINE.test(line) && typeof entryOf(line, '') !== 'string',
      ).length;
      if (telling === 0 || telling * 2 < lines.length) return 0;
      return telling > 2 ? 3 : 2;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '') continue;
      const entry = entryOf(line, context.scope['dev']);
      if (typeof entry !== 'string') {
        some = true;
        out.fact(i, { kind: 'neigh', ...entry });
      } else if (line.trim() === '--') {
        out.noise(i);
        out.incomplete('filtered', 'grep left lines out between its matches');
      } else if (!failures.take(i, line)) out.gap(i, entry);
    }
    failures.close(some);
    // sos writes `ip neigh show nud noarp` into a file of that name; those are the NOARP entries alone.
    const selected = /nud[ _-]([a-z]+)/i.exec(context.fileName)?.[1];
    if (selected !== undefined && context.argv.length === 0)
      out.incomplete('filtered', `entries in state ${selected} only`);
  },
});

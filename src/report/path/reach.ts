import { traceFlags } from '../../kit/index.js';
import { plural } from '../options.js';
import { commonFolder, placeOf } from '../places.js';
import { columnsOf } from '../text/lines.js';
import { type Pen, pen } from '../text/pen.js';
import { byFamily } from './families.js';
import type { ReachJson, ReachProbeJson } from './json.js';
import { byNumber, fitted, ranged } from './names.js';
import { openQuestions, writeOpen } from './open.js';
import { writeProof } from './proof.js';
import { type CauseGroup, causesOf, groupsOf } from './reach-causes.js';
import { styleOf, writeGrid } from './reach-grid.js';
import { pairLines } from './reach-pairs.js';
import type { WalkOptions } from './text.js';
import { askedFor, endName, packetOf, stackTitle, writeFolder } from './words.js';

export interface ReachTextOptions extends WalkOptions {
  /** The inputs as they were named, for commands to copy. */
  readonly paths: readonly string[];
}

type Verdict = ReachProbeJson['verdict'];

/** Causes told in full, and in one line each behind them; all with --verbose. */
const FULL = 4;
const BRIEF = 16;
/** Probes of a list; those that arrive are the first to be counted instead. */
const PROBES = 40;
const OPEN = 8;

const countsOf = (probes: readonly ReachProbeJson[]): Readonly<Record<Verdict, number>> => {
  const counts = { delivered: 0, partly: 0, dropped: 0, unknown: 0 };
  for (const p of probes) counts[p.verdict]++;
  return counts;
};

function writeHead(out: Pen, reach: ReachJson, causes: number): void {
  const { probes } = reach;
  if (probes.length === 0) {
    out.verdict('not known', 'info', ': the captures show no two ends of which one could be asked for the other');
    return;
  }
  const n = countsOf(probes);
  const lost = n.dropped + n.partly;
  const are = (k: number): string => (k === 1 ? 'is' : 'are');
  const lostOnes =
    n.dropped > 0
      ? `${n.dropped} ${are(n.dropped)} lost${n.partly > 0 ? ` and ${n.partly} partly` : ''}`
      : `${n.partly} ${are(n.partly)} partly lost`;
  const parts = [
    lost > 0 ? `${lostOnes}${causes > 0 ? `, by ${plural(causes, 'cause')}` : ''}` : '',
    n.unknown > 0 ? `${n.unknown} ${are(n.unknown)} not known` : '',
    n.delivered > 0 ? `${n.delivered} ${n.delivered === 1 ? 'arrives' : 'arrive'}` : '',
  ].filter((s) => s !== '');
  const word = lost > 0 ? 'lost' : n.unknown > 0 ? 'not known' : 'all arrive';
  out.verdict(
    word,
    lost > 0 ? 'error' : n.unknown > 0 ? 'info' : 'good',
    `: of ${plural(probes.length, nounOf(reach))} ${parts.join('; ')}`,
  );
}

const nounOf = (reach: ReachJson): string => (reach.sources ? 'pair' : 'probe');

/** A word that a shell takes as it is. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

export const commandOf = (paths: readonly string[], p: ReachProbeJson): string =>
  ['dumplint', 'trace', ...paths, p.src, p.dst, ...traceFlags(p)].map(quoted).join(' ');

const probeName = (p: ReachProbeJson): string => `${endName(p.src)} to ${endName(p.dst)} (${askedFor(p)})`;

/** The probes of a list, in its order. */
function writeProbes(out: Pen, probes: readonly ReachProbeJson[], verbose: boolean): void {
  const short = !verbose && probes.length > PROBES;
  const shown = short ? probes.filter((p) => p.verdict !== 'delivered').slice(0, PROBES) : probes;
  out.line();
  for (const p of shown)
    out.line('  ', [p.verdict.padEnd(9), styleOf(p.verdict)], '  ', out.cut(probeName(p), out.width - 13));
  const left = probes.length - shown.length;
  if (left > 0) out.prose(2, `${plural(left, 'more probe')} (--verbose shows all)`);
}

/** `node-1, cni0`, `pod a/b on node-1, eth0`, `6 nodes (node-30…node-35), flannel.1`. */
function whereOf({ causes, nodes, device }: CauseGroup): string {
  const [{ because }] = causes;
  const isOne = new Set(causes.map((c) => `${c.because.node} ${c.because.netns}`)).size === 1;
  const names = fitted(ranged(nodes), 3);
  const place = isOne
    ? stackTitle(because)
    : because.netns !== ''
      ? `pods of ${names}`
      : nodes.length > 3
        ? `${nodes.length} nodes (${names})`
        : names;
  return `${place}${device === null ? '' : `, ${device}`}`;
}

/** What happens there; of several alike one. */
function reasonOf({ causes }: CauseGroup): string {
  const reasons = new Set(causes.map((c) => c.because.reason));
  return `${causes[0].because.reason}${reasons.size > 1 ? ` (and ${reasons.size - 1} alike)` : ''}`;
}

function writeGroup(out: Pen, reach: ReachJson, group: CauseGroup, prefix: string, options: ReachTextOptions): void {
  const [{ because, pairs }] = group.causes;
  const [first] = pairs;
  const verbose = options.verbose === true;
  out.line();
  out.prose(2, `${whereOf(group)}: ${reasonOf(group)}`);
  for (const c of verbose ? group.causes : [group.causes[0]]) writeProof(out, c.because, prefix, 2);
  const more = verbose ? [] : group.causes.slice(1);
  const places = more.flatMap((c) => c.because.evidence.slice(0, 1).map((e) => placeOf(e, prefix))).sort(byNumber);
  const also = `also ${places.join(', ')}`;
  if (more.length > 0)
    out.line('    ', [
      places.length === more.length && columnsOf(also) <= out.width - 4
        ? also
        : `and ${plural(more.length, 'more place')} like this (--verbose shows all)`,
      'dim',
    ]);
  const directions = new Set(group.pairs.map((p) => p.because?.direction));
  const what = directions.size === 1 ? `the ${packetOf(because.direction)}` : 'a packet';
  const n = group.pairs.length;
  out.prose(4, `${plural(n, nounOf(reach))} ${n === 1 ? 'loses' : 'lose'} ${what} there:`);
  const lines = reach.sources
    ? pairLines(reach, group.pairs, verbose)
    : [
        fitted(
          group.pairs.map((p) => ({ text: probeName(p), count: 1 })),
          verbose ? 50 : 4,
        ),
      ];
  for (const line of lines) out.prose(6, line, 2);
  if (first) out.line('    ', ['see  ', 'dim'], commandOf(options.paths, first));
}

/** All that loses packets: the worst in full, then each in a line. */
function writeCauses(
  out: Pen,
  reach: ReachJson,
  groups: readonly CauseGroup[],
  prefix: string,
  options: ReachTextOptions,
): void {
  if (groups.length === 0) return;
  out.line();
  out.line(['LOST', 'bold']);
  const full = options.verbose === true ? groups.length : groups.length === FULL + 1 ? FULL + 1 : FULL;
  for (const g of groups.slice(0, full)) writeGroup(out, reach, g, prefix, options);
  const brief = groups.slice(full, full + BRIEF);
  if (brief.length > 0) out.line();
  const counts = brief.map((g) => plural(g.pairs.length, nounOf(reach)));
  const longest = Math.max(0, ...counts.map((c) => c.length));
  for (const [i, g] of brief.entries())
    out.line(
      '  ',
      (counts[i] ?? '').padStart(longest),
      '  ',
      out.cut(`${whereOf(g)}: ${reasonOf(g)}`, out.width - longest - 4),
    );
  const left = groups.length - full - brief.length;
  if (left > 0) out.prose(2, `${plural(left, 'more cause')} (--verbose shows all)`);
  else if (brief.length > 0) out.line('  ', ['--verbose tells these in full', 'dim']);
}

/** Verdicts of many walks as a page for a terminal: the causes, a grid of who reaches whom, and what is not known. */
export function reachText(reach: ReachJson, options: ReachTextOptions): string {
  const out = pen(options, 'broken');
  const causes = causesOf(reach);
  const groups = groupsOf(causes);
  const prefix = commonFolder(causes.flatMap((c) => c.because.evidence.map((e) => e.file)));
  writeHead(out, reach, groups.length);
  if (groups.length > 0) writeFolder(out, prefix);
  if (!reach.sources) writeProbes(out, reach.probes, options.verbose === true);
  writeCauses(out, reach, groups, prefix, options);
  for (const { title, reach: of } of reach.sources ? byFamily(reach) : []) {
    if (title !== '') {
      out.line();
      out.line([title.toUpperCase(), 'bold']);
    }
    writeGrid(out, of, options);
  }
  const open = openQuestions(reach.probes.flatMap((p) => (p.verdict === 'unknown' ? [p.missing] : [])));
  if (open.length > 0) {
    out.line();
    out.line(['NOT KNOWN', 'bold']);
    const noun = nounOf(reach);
    const most = options.verbose === true ? open.length : OPEN;
    writeOpen(out, open.slice(0, most), (q) => `; ${plural(q.count, noun)} ${q.count === 1 ? 'waits' : 'wait'} for it`);
    if (open.length > most) out.prose(2, `${open.length - most} more (--verbose shows all)`);
  }
  return `${out.done().trimEnd()}\n`;
}

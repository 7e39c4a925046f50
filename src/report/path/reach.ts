import { listed, plural } from '../options.js';
import { commonFolder, placeOf } from '../places.js';
import { cut, needlesOf } from '../text/lines.js';
import { type Pen, pen, type Span, type Style } from '../text/pen.js';
import { gridOf, type Line } from './grid.js';
import type { ReachJson, ReachProbeJson } from './json.js';
import { openQuestions, writeOpen } from './open.js';
import { type Cause, causesOf } from './reach-causes.js';
import type { WalkOptions } from './text.js';
import { askedFor, endName, packetOf, whereOf } from './words.js';

export interface ReachTextOptions extends WalkOptions {
  /** The inputs as they were named, for commands to copy. */
  readonly paths: readonly string[];
}

type Verdict = ReachProbeJson['verdict'];

const SIGNS: Readonly<Record<Verdict, readonly [sign: string, style: Style, says: string]>> = {
  delivered: ['.', 'good', 'arrives, and the answer comes back'],
  partly: ['~', 'warning', 'some endpoints answer'],
  dropped: ['X', 'error', 'lost'],
  unknown: ['?', 'info', 'not known'],
};

/** More lines of a grid nobody reads. */
const MOST_ROWS = 40;
const MOST_COLUMNS = 52;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

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
  const what = reach.sources ? 'pair' : 'probe';
  const parts = [
    n.delivered > 0 ? `${n.delivered} arrive` : '',
    n.dropped > 0 ? `${n.dropped} ${n.dropped === 1 ? 'is' : 'are'} lost` : '',
    n.partly > 0 ? `${n.partly} partly` : '',
    n.unknown > 0 ? `${n.unknown} not known` : '',
  ].filter((s) => s !== '');
  const why = causes > 0 ? `, by ${plural(causes, 'cause')}` : '';
  const word = lost > 0 ? 'lost' : n.unknown > 0 ? 'not known' : 'all arrive';
  out.verdict(
    word,
    lost > 0 ? 'error' : n.unknown > 0 ? 'info' : 'good',
    `: of ${plural(probes.length, what)} ${parts.join(', ') || 'none'}${why}`,
  );
}

function writeLegend(out: Pen, columns: readonly Line[]): void {
  for (const [i, { title, members }] of columns.entries()) {
    const names = members.length > 1 ? `: ${listed(members, 4)}` : '';
    out.line('  ', [LETTERS[i] ?? '?', 'bold'], '  ', cut(`${title}${names}`, out.width - 5, []));
  }
}

/** Who reaches whom: rows ask, columns answer. */
function writeGrid(out: Pen, reach: ReachJson): void {
  const grid = gridOf(reach);
  if (grid.rows.length === 0) return;
  const rows = grid.rows.slice(0, MOST_ROWS);
  const columns = grid.columns.slice(0, Math.min(MOST_COLUMNS, Math.max(8, Math.floor((out.width - 30) / 2))));
  const room = Math.min(Math.max(4, ...rows.map((r) => r.title.length)), out.width - columns.length * 2 - 4);
  out.line();
  out.line('  ', ''.padEnd(room), '  ', [columns.map((_, i) => LETTERS[i] ?? '?').join(' '), 'bold']);
  for (const [r, row] of rows.entries()) {
    const cells = columns.flatMap((_, c): Span[] => {
      const verdict = grid.cell(r, c);
      return [verdict ? [SIGNS[verdict][0], SIGNS[verdict][1]] : ' ', ' '];
    });
    out.line('  ', cut(row.title, room, []).padEnd(room), '  ', ...cells);
  }
  out.line();
  writeLegend(out, columns);
  const left = grid.rows.length - rows.length;
  const beside = grid.columns.length - columns.length;
  if (left > 0 || beside > 0)
    out.prose(2, `Not shown: ${plural(left, 'more row')}, ${plural(beside, 'more column')}; -f json has all.`);
  const told = new Set(columns.map((c) => c.title));
  for (const { title, members } of rows)
    if (members.length > 1 && !told.has(title)) out.prose(2, `${title}: ${listed(members, 6)}`);
  const used = new Set(reach.probes.map((p) => p.verdict));
  const signs = (Object.keys(SIGNS) as Verdict[])
    .filter((v) => used.has(v))
    .map((v) => `${SIGNS[v][0]} ${SIGNS[v][2]}`);
  out.prose(2, `${signs.join(';  ')}; blank: not asked`);
}

/** A word that a shell takes as it is. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

export function commandOf(paths: readonly string[], p: ReachProbeJson): string {
  const port = p.proto === 'icmp' || p.port === null ? [] : ['--proto', p.proto, '--port', String(p.port)];
  return ['dumplint', 'trace', ...paths, p.src, p.dst, ...port].map(quoted).join(' ');
}

const pairName = (p: ReachProbeJson): string =>
  p.pair ? `${p.pair.src} to ${p.pair.dst}` : `${endName(p.src)} to ${endName(p.dst)} (${askedFor(p)})`;

/** `pods of node-1 to node-2, node-3 and 4 more`, by source. */
function pairLines(pairs: readonly ReachProbeJson[]): readonly string[] {
  if (!pairs.every((p) => p.pair)) return [listed(pairs.map(pairName), 4)];
  const bySource = new Map<string, string[]>();
  for (const { pair } of pairs) {
    if (!pair) continue;
    const list = bySource.get(pair.src);
    if (list) list.push(pair.dst);
    else bySource.set(pair.src, [pair.dst]);
  }
  const byTargets = new Map<string, { sources: string[]; targets: string[] }>();
  for (const [source, targets] of bySource) {
    const held = byTargets.get(targets.join('\n'));
    if (held) held.sources.push(source);
    else byTargets.set(targets.join('\n'), { sources: [source], targets });
  }
  const lines = [...byTargets.values()].map(({ sources, targets }) => `${listed(sources, 3)} to ${listed(targets, 4)}`);
  return lines.length > 4 ? [...lines.slice(0, 3), `${lines.length - 3} more groups`] : lines;
}

function writeCause(out: Pen, { because: b, pairs }: Cause, prefix: string, paths: readonly string[]): void {
  const [first] = pairs;
  if (!first) return;
  out.line();
  out.prose(2, `${whereOf(b)}: ${b.reason}`);
  for (const e of b.evidence.slice(0, 2)) {
    const place = placeOf(e, prefix);
    const text = e.text === '' ? '(this line could not be read again)' : e.text;
    out.line(
      '    ',
      [place, 'dim'],
      `  ${cut(text, Math.max(20, out.width - place.length - 6), needlesOf(b.reason, b.device ?? ''))}`,
    );
  }
  const directions = new Set(pairs.map((p) => p.because?.direction));
  const what = directions.size === 1 ? `the ${packetOf(b.direction)}` : 'a packet';
  out.prose(4, `${plural(pairs.length, reachNoun(first))} ${pairs.length === 1 ? 'loses' : 'lose'} ${what} there:`);
  for (const line of pairLines(pairs)) out.prose(6, line);
  out.line('    ', ['see  ', 'dim'], commandOf(paths, first));
}

const reachNoun = (p: ReachProbeJson): string => (p.pair ? 'pair' : 'probe');

/** Verdicts of many walks as a page for a terminal: a grid, the causes, and what is not known. */
export function reachText(reach: ReachJson, options: ReachTextOptions): string {
  const out = pen(options);
  const causes = causesOf(reach);
  const files = causes.flatMap((c) => c.because.evidence.map((e) => e.file));
  const prefix = commonFolder(files);
  writeHead(out, reach, causes.length);
  if (prefix !== '') out.line(`files below ${prefix}`);
  if (reach.sources && reach.probes.length > 0) writeGrid(out, reach);
  else if (!reach.sources) {
    out.line();
    for (const p of reach.probes) {
      const [, style] = SIGNS[p.verdict];
      out.line('  ', [p.verdict.padEnd(9), style], '  ', cut(pairName(p), out.width - 13, []));
    }
  }
  if (causes.length > 0) {
    out.line();
    out.line(['LOST', 'bold']);
    for (const c of causes.slice(0, options.verbose === true ? causes.length : 20))
      writeCause(out, c, prefix, options.paths);
    if (causes.length > 20 && options.verbose !== true)
      out.prose(2, `${causes.length - 20} more causes (--verbose shows all).`);
  }
  const open = openQuestions(reach.probes.flatMap((p) => (p.verdict === 'unknown' ? [p.missing] : [])));
  if (open.length > 0) {
    out.line();
    out.line(['NOT KNOWN', 'bold']);
    const noun = reach.sources ? 'pair' : 'probe';
    writeOpen(out, open.slice(0, 12), (q) => `; ${plural(q.count, noun)} ${q.count === 1 ? 'waits' : 'wait'} for it`);
    if (open.length > 12) out.prose(2, `${open.length - 12} more; -f json has all.`);
  }
  return `${out.done().trimEnd()}\n`;
}

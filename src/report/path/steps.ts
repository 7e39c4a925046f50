import { plural } from '../options.js';
import { commonFolder, placeOf, shorten } from '../places.js';
import { columnsOf, wrap } from '../text/lines.js';
import type { Pen } from '../text/pen.js';
import type { Glyphs } from './glyphs.js';
import { endOf, type Hop, hopsOf, isSameWay } from './hops.js';
import type { JsonOutcome, JsonStep } from './json.js';
import { quotes } from './proof.js';
import { legsOf, shortFolder } from './words.js';

export interface StepsOptions {
  readonly verbose: boolean;
  readonly glyphs: Glyphs;
  /** Folder of all files, as the head of the page names it. */
  readonly prefix: string;
}

/** What changes the packet itself is what a reader looks for. */
const CHANGES = /^(DNAT|SNAT|MASQUERADE|REDIRECT|NETMAP|TPROXY|MARK|conntrack: translated)|\bmark\b/i;

const KIND = 11;
/** Columns that a decision needs beside its place. */
const ROOM = 20;
/** Lines that one decision may take; all with --verbose. */
const LINES = 2;

/** Steps without which the walk reads the same. Where a packet dies, each step tells something. */
function isDull(steps: readonly JsonStep[], i: number): boolean {
  const next = steps[i + 1];
  if (!next) return false;
  switch (steps[i]?.step) {
    case 'send':
    case 'source':
    case 'receive':
    case 'wire':
    case 'transmit':
      return true;
    case 'neighbour':
      return next.step !== 'encapsulate';
    case 'route':
      return next.step === 'deliver' || next.step === 'decapsulate';
    default:
      return false;
  }
}

/** Numbers count the steps that are folded too, so that they are the same with --verbose. */
interface Numbered {
  readonly step: JsonStep;
  readonly number: number;
  readonly dull: boolean;
  readonly tunnelled: boolean;
}

interface Stay {
  readonly hop: Hop;
  readonly steps: readonly Numbered[];
}

function staysOf(steps: readonly JsonStep[], first: number, shownWhole: boolean): readonly Stay[] {
  let at = 0;
  let depth = 0;
  const hops = hopsOf(steps);
  return hops.map((hop, h) => ({
    hop,
    steps: hop.steps.map((step): Numbered => {
      const i = at++;
      if (step.step === 'decapsulate') depth = Math.max(0, depth - 1);
      const tunnelled = depth > 0;
      if (step.step === 'encapsulate') depth++;
      const whole = shownWhole && h === hops.length - 1;
      return { step, number: first + i, dull: !whole && isDull(steps, i), tunnelled };
    }),
  }));
}

/** The decision, wrapped behind its kind, with the first place of its proof at the right. */
function writeStep(out: Pen, s: Numbered, folder: string, ends: boolean, { verbose }: StepsOptions): void {
  const indent = s.tunnelled ? 2 : 0;
  const [first] = s.step.evidence;
  const more = s.step.evidence.length > 1 ? ` +${s.step.evidence.length - 1}` : '';
  const place = first && !verbose ? out.say(placeOf(first, folder)) + more : '';
  const head = `${String(s.number).padStart(4)} ${' '.repeat(indent)}${s.step.step.padEnd(KIND)} `;
  const beside = columnsOf(place) <= Math.min(out.width * 0.35, out.width - head.length - 2 - ROOM);
  const room = Math.max(ROOM, out.width - head.length - (beside && place !== '' ? columnsOf(place) + 2 : 0));
  const said = out.say(s.step.decision);
  const text = verbose ? said : out.cut(said, room * LINES - 12, [/-j \S+/.exec(said)?.[0] ?? '-']);
  const style = ends ? ('error' as const) : CHANGES.test(s.step.decision) ? ('bold' as const) : undefined;
  for (const [i, line] of wrap(text, room, 'broken').entries()) {
    const left = i === 0 ? head : ' '.repeat(head.length);
    const right = i === 0 && beside && place !== '' ? ' '.repeat(room - columnsOf(line) + 2) : '';
    out.line(ends && i === 0 ? [left, 'bold'] : left, style ? [line, style] : line, right, [
      right === '' ? '' : place,
      'dim',
    ]);
  }
  const below = ' '.repeat(head.length);
  const columns = out.width - head.length;
  if (!beside) out.line(below, [out.squeeze(place, columns), 'dim']);
  if (!verbose) return;
  for (const e of s.step.evidence) {
    out.line(below, [out.squeeze(placeOf(e, folder), columns), 'dim']);
    if (e.text !== '' && !quotes(s.step.decision, e.text)) out.line(below, '  ', out.cut(e.text, columns - 2));
  }
}

/** A stack, and at the right the folder of its files, where both have room. */
function writeStack(out: Pen, title: string, folder: string): void {
  const name = out.squeeze(title, out.width - 2);
  const gap = out.width - 2 - columnsOf(name) - columnsOf(folder);
  out.line('  ', [name, 'bold'], ...(gap > 1 && folder !== '' ? [' '.repeat(gap), [folder, 'dim'] as const] : []));
  // A folder that is called as its stack says nothing new.
  if (gap <= 1 && folder !== '' && folder !== `${name}/` && !name.endsWith(` on ${folder.slice(0, -1)}`))
    out.line('    ', [shortFolder(out, folder, out.width - 4), 'dim']);
}

/** What the leg is about, behind its name. */
function writeLeg(out: Pen, direction: string, says: string): void {
  const name = direction.toUpperCase();
  const [first = '', ...more] = wrap(out.say(says), out.width - name.length - 2, 'broken');
  out.line([name, 'bold'], '  ', first);
  for (const line of more) out.line(' '.repeat(name.length + 2), line);
}

/** Files of one node lie together: the folder is told once, at its heading. */
function folderOf(steps: readonly JsonStep[], node: string, prefix: string): string {
  const files = steps.filter((s) => s.node === node).flatMap((s) => s.evidence.map((e) => e.file));
  const folder = commonFolder(files);
  return folder.startsWith(prefix) ? folder : prefix;
}

/** All legs of an outcome, step by step. */
export function writeSteps(out: Pen, o: JsonOutcome, options: StepsOptions): void {
  const { glyphs: g, verbose, prefix } = options;
  const legs = legsOf(o);
  const all = legs.flatMap((l) => l.steps);
  const way = hopsOf(o.request);
  let number = 1;
  for (const [n, { direction, steps }] of legs.entries()) {
    const end = endOf(o, direction, n === legs.length - 1);
    const isEnd = end !== 'whole';
    const first = number;
    number += steps.length;
    if (direction === 'ack' && !verbose && !isEnd && isSameWay(hopsOf(steps), way)) {
      writeLeg(out, direction, 'the third packet of the handshake goes the way of the request (--verbose)');
      out.line();
      continue;
    }
    const [opening] = steps;
    writeLeg(out, direction, opening?.step === 'send' ? opening.decision : '');
    let folded = 0;
    for (const { hop, steps: stay } of staysOf(steps, first, isEnd)) {
      const folder = folderOf(all, hop.steps[0]?.node ?? '', prefix);
      const below = out.say(shorten(folder, prefix));
      writeStack(out, hop.title, hop.steps.some((s) => s.evidence.length > 0) ? below : '');
      for (const s of stay) {
        const isLast = isEnd && s.step === steps.at(-1);
        if (s.dull && !verbose) folded++;
        else writeStep(out, s, folder, isLast && o.because?.direction === direction, options);
      }
    }
    const word = direction === 'error' ? 'error' : 'packet';
    if (end === 'broken') out.line('     ', [`${g.cross} the ${word} ends here`, 'error']);
    if (end === 'lost')
      out.line('     ', [
        o.because?.direction === direction
          ? `? as far as the captures tell, the ${word} ends here`
          : '? from here it is not known',
        'info',
      ]);
    if (folded > 0) out.line('     ', [`${plural(folded, 'plain step')} folded (--verbose)`, 'dim']);
    out.line();
  }
}

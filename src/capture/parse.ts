import {
  type At,
  at,
  type CaptureContext,
  type Completeness,
  type Draft,
  type Elsewhere,
  type Fact,
  type Gap,
  type Parser,
  type Reason,
  type Sink,
  type Tally,
  type Text,
  type ToldElsewhere,
  withoutSecrets,
} from '../kit/index.js';
import { compact } from './compact.js';

const UNSEEN = 0;
const NOISE = 1;
const FACT = 2;
const GAP = 3;

/** Longest text that a gap keeps of its line. */
const GAP_TEXT = 240;
/** How much of the line is looked at for secrets: one that begins in the kept text is told by less. */
const GAP_LOOK = 2000;

export interface ParsedText {
  readonly facts: readonly Fact[];
  /** Facts and listings of other places. */
  readonly elsewhere?: readonly ToldElsewhere[];
  readonly gaps: readonly Gap[];
  readonly tally: Tally;
  readonly bytes: Tally;
  /** Index of the last line that is of a fact; -1 where none is. */
  readonly lastOfFacts: number;
  readonly incomplete?: { readonly completeness: Completeness; readonly because: string };
  /** Set when the text says that it lists only some of what its parser emits. */
  readonly kinds?: readonly string[];
  /** What of its kinds it lists, where the text says so. */
  readonly scope?: Readonly<Record<string, string>>;
  readonly failure?: { readonly reason: Reason; readonly detail: string };
  /** A parser must not throw; when one does all the same, its lines are gaps and this says so. */
  readonly crash?: string;
}

/** Facts of other places, by place. */
function placesOf() {
  const places = new Map<string, { readonly where: Elsewhere; readonly facts: Fact[]; readonly kinds: Set<string> }>();
  return {
    at(where: Elsewhere) {
      const key = `${where.node ?? ''}\u0000${where.netns ?? ''}`;
      const known = places.get(key) ?? { where, facts: [], kinds: new Set<string>() };
      places.set(key, known);
      return known;
    },
    all: (): readonly ToldElsewhere[] => [...places.values()].map((p) => ({ ...p, kinds: [...p.kinds] })),
  };
}

/** Is the line, counted from the text's first, of a fact? */
export type IsFact = (line: number) => boolean;

/**
 * Runs one parser over one capture and keeps the ledger: each line ends as fact, noise or gap. Blank lines are noise
 * unless the parser says otherwise; lines that it never mentioned are gaps. `tell` is given what became of each line.
 */
export function parseText<F extends Fact>(
  parser: Parser<F>,
  text: Text,
  file: number,
  context: CaptureContext,
  tell?: (isFact: IsFact) => void,
): ParsedText {
  const fate = new Uint8Array(text.count);
  const facts: Fact[] = [];
  const gaps: Gap[] = [];
  const places = placesOf();
  let incomplete: ParsedText['incomplete'];
  let failure: ParsedText['failure'];
  let kinds: ParsedText['kinds'];
  let scope: ParsedText['scope'];
  let crash: string | undefined;
  const where = (line: number): At => at(file, text.firstLine + line);
  const addGap = (line: number, reason: string): void => {
    if (line < 0 || line >= text.count || fate[line] === GAP) return;
    fate[line] = GAP;
    gaps.push({ at: where(line), text: withoutSecrets(text.line(line).slice(0, GAP_LOOK)).slice(0, GAP_TEXT), reason });
  };
  const sink: Sink<F> = {
    fact(line: number, fact: Draft<F>, elsewhere?: Elsewhere) {
      // `ip -o` folds many lines into one: where a part of it was not read it stays a gap, whatever the rest tells.
      if (fate[line] !== GAP) fate[line] = FACT;
      // Completed in place: V8 gives a copy by spread, with one property more, four times the memory.
      const list = elsewhere ? places.at(elsewhere).facts : facts;
      list.push(Object.assign(compact(fact), { at: where(line) }) as unknown as Fact);
    },
    part(line) {
      if (fate[line] !== GAP) fate[line] = FACT;
    },
    noise(line) {
      if (fate[line] === UNSEEN) fate[line] = NOISE;
    },
    gap: addGap,
    incomplete(reason, detail) {
      incomplete ??= { completeness: reason, because: detail };
    },
    only(listed, selected) {
      kinds = listed;
      scope = selected;
    },
    listed(listed, elsewhere) {
      for (const kind of listed) places.at(elsewhere).kinds.add(kind);
    },
    failed(line, reason, detail) {
      if (fate[line] === UNSEEN) fate[line] = NOISE;
      failure ??= { reason, detail };
    },
  };
  try {
    parser.parse(text, sink, context);
  } catch (error) {
    crash = `parser ${parser.command} crashed: ${error instanceof Error ? error.message : String(error)}`;
  }
  const { lines: tally, bytes } = settle(text, fate, (line) => addGap(line, crash ?? 'not understood'));
  gaps.sort((a, b) => a.at - b.at);
  if (facts.length > 0 && isCut(text, fate))
    incomplete ??= { completeness: 'truncated', because: 'the last line breaks off' };
  const elsewhere = places.all();
  tell?.((line) => fate[line] === FACT);
  return {
    facts,
    ...(elsewhere.length > 0 && { elsewhere }),
    gaps,
    tally,
    bytes,
    lastOfFacts: fate.lastIndexOf(FACT),
    ...(incomplete && { incomplete }),
    ...(kinds && { kinds }),
    ...(scope && { scope }),
    ...(failure && { failure }),
    ...(crash !== undefined && { crash }),
  };
}

/** Lines before the last that are looked at for how a listing ends its lines. */
const LOOKED_AT = 20;

/** Does the file end within a line: one that says nothing, or that lacks the blank which all others end with (`ip neigh`)? */
function isCut(text: Text, fate: Uint8Array): boolean {
  const last = text.count - 1;
  if (last < 0 || text.original || text.bytes[text.start(text.count) - 1] === 10) return false;
  if (fate[last] === GAP) return true;
  if (last < 1 || text.line(last).endsWith(' ')) return false;
  for (let i = Math.max(0, last - LOOKED_AT); i < last; i++) if (!text.line(i).endsWith(' ')) return false;
  return true;
}

/** Number of bytes of line `i`, its line end included. */
export function lineBytes(text: Text, i: number): number {
  const { start } = text.original ?? text;
  return start(i + 1) - start(i);
}

function settle(
  text: Text,
  fate: Uint8Array,
  addGap: (line: number) => void,
): { readonly lines: Tally; readonly bytes: Tally } {
  const lines = { facts: 0, noise: 0, gaps: 0 };
  const bytes = { facts: 0, noise: 0, gaps: 0 };
  for (let i = 0; i < fate.length; i++) {
    if (fate[i] === UNSEEN) {
      if (text.line(i).trim() === '') fate[i] = NOISE;
      else addGap(i);
    }
    const as = fate[i] === FACT ? 'facts' : fate[i] === NOISE ? 'noise' : 'gaps';
    lines[as]++;
    bytes[as] += lineBytes(text, i);
  }
  return { lines, bytes };
}

import { calicoSignatures } from './calico.js';
import { componentSignatures } from './components.js';
import { flannelSignatures } from './flannel.js';
import { genericSignatures } from './generic.js';
import { kernelSignatures } from './kernel.js';
import { kubeletSignatures } from './kubelet.js';
import { findNeedles, type NeedleTable, needleTable } from './needles.js';
import type { LogDraft, Message, Signature } from './signature.js';

/** Per table the first signature that reads a line wins; a line may tell something to several tables. */
const TABLES: readonly (readonly Signature[])[] = [
  kernelSignatures,
  flannelSignatures,
  calicoSignatures,
  kubeletSignatures,
  genericSignatures,
  componentSignatures,
];
/** Tables whose patterns hold from a message's first letter: a bare line that one of them reads is that component's, and no quotation. */
const ANCHORED: ReadonlySet<readonly Signature[]> = new Set([flannelSignatures, calicoSignatures]);

const ALL = TABLES.flatMap((table, t) =>
  table.map((signature) => ({ signature, table: t, anchored: ANCHORED.has(table) })),
);

let table: NeedleTable | undefined;
let kernelTable: NeedleTable | undefined;

/** All needles of all tables; needle `i` is signature `i`. Built when the first log is read: many inputs hold none. */
export function needles(): NeedleTable {
  table ??= needleTable(ALL.map((s) => s.signature.needle));
  return table;
}

/** The kernel's needles alone, for dmesg; they are numbered as in `needles`. */
export function kernelNeedles(): NeedleTable {
  kernelTable ??= needleTable(kernelSignatures.map((s) => s.needle));
  return kernelTable;
}

/** Is the text a message that only one component writes? Asked of lines without any head. */
export function isPhrase(bytes: Uint8Array, message: Message): boolean {
  const hits = new Set<number>();
  findNeedles(needles(), bytes, 0, bytes.length, hits);
  for (const id of hits) {
    const entry = ALL[id];
    if (entry?.anchored && entry.signature.read(message)) return true;
  }
  return false;
}

/** Lines of one kind that say the same: so many are facts of their own, the last one stands for those between. */
const MOST_ALIKE = 100;
/** Lines of one kind in all, alike or not; more would fill the memory and prove nothing. */
const MOST_OF_ONE = 10_000;

export interface Findings {
  fact(line: number, fact: LogDraft): void;
  part(line: number): void;
  noise(line: number): void;
  gap(line: number, reason: string): void;
  incomplete(reason: 'filtered' | 'truncated', detail: string): void;
}

export interface Reader {
  /** Reads a line that holds needles. */
  read(line: number, message: Message, hits: ReadonlySet<number>): 'fact' | 'gap' | 'noise';
  /** To be called behind the last line: facts leave in the order of their lines. */
  close(): void;
}

interface Kept {
  line: number;
  drafts: readonly LogDraft[];
}

interface Alike {
  kept: number;
  /** The last line, when it is beyond those that are kept. */
  last?: Kept;
  skipped: number;
}

/** What two lines have in common when they say the same: all but when they say it, and words around it. */
function sameness(id: number, drafts: readonly LogDraft[]): string {
  const said = drafts.map((d) => {
    const where = `${d.kind} ${'host' in d ? d.host : ''} ${'unit' in d ? d.unit : ''}`;
    if (d.kind === 'component-log') return [where, d.component, d.event, d.values];
    if (d.kind === 'flannel-log') return [where, d.event];
    if (d.kind === 'flannel-lease') return [where, d.subnet];
    return [where, d.event.kind === 'suppressed' ? d.event.function : d.event];
  });
  return `${id} ${JSON.stringify(said)}`;
}

const withRepeats = (d: LogDraft, repeats: number): LogDraft =>
  repeats > 0 && d.kind !== 'flannel-lease' ? { ...d, repeats } : d;

/** Keeps count of what a log tells: a line repeated for days becomes a hundred facts and one for the rest. */
function ledger(out: Findings) {
  const alike = new Map<string, Alike>();
  const counts = new Map<number, number>();
  const kept: Kept[] = [];
  return {
    add(id: number, line: number, drafts: readonly LogDraft[]): void {
      const key = sameness(id, drafts);
      const known = alike.get(key);
      if (known && known.kept >= MOST_ALIKE) {
        if (known.last) known.skipped++;
        known.last = { line, drafts };
        out.part(line);
        return;
      }
      const seen = (counts.get(id) ?? 0) + 1;
      counts.set(id, seen);
      if (seen > MOST_OF_ONE) {
        out.part(line);
        if (seen === MOST_OF_ONE + 1) {
          const needle = ALL[id]?.signature.needle ?? '';
          out.incomplete('truncated', `more than ${MOST_OF_ONE} lines say "${needle}": the rest is not kept`);
        }
        return;
      }
      if (known) known.kept++;
      else alike.set(key, { kept: 1, skipped: 0 });
      kept.push({ line, drafts });
    },
    close(): void {
      for (const { last, skipped } of alike.values())
        if (last) kept.push({ line: last.line, drafts: last.drafts.map((d) => withRepeats(d, skipped)) });
      kept.sort((a, b) => a.line - b.line);
      for (const { line, drafts } of kept) for (const draft of drafts) out.fact(line, draft);
    },
  };
}

/** Reads lines that hold a needle; what they tell is handed on by `close`. */
export function reader(out: Findings): Reader {
  const facts = ledger(out);
  return {
    read(line, message, hits) {
      let told = false;
      let unreadable = false;
      const done = new Set<number>();
      for (const id of [...hits].sort((a, b) => a - b)) {
        const entry = ALL[id];
        if (!entry || done.has(entry.table)) continue;
        const reading = entry.signature.read(message);
        if (reading === undefined) continue;
        done.add(entry.table);
        if (reading === 'unreadable') unreadable = true;
        else {
          told = true;
          if (reading === 'part') out.part(line);
          else facts.add(id, line, reading);
        }
      }
      if (unreadable && !told) {
        out.gap(line, 'a value of this line is masked or cut off');
        return 'gap';
      }
      if (!told) out.noise(line);
      return told ? 'fact' : 'noise';
    },
    close: facts.close,
  };
}

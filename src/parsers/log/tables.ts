import { calicoSignatures } from './calico.js';
import { flannelSignatures } from './flannel.js';
import { genericSignatures } from './generic.js';
import { kernelSignatures } from './kernel.js';
import { kubeletSignatures } from './kubelet.js';
import { type NeedleTable, needleTable } from './needles.js';
import type { LogDraft, Message, Signature } from './signature.js';

/** Per table the first signature that reads a line wins; a line may tell something to several tables. */
const TABLES: readonly (readonly Signature[])[] = [
  kernelSignatures,
  flannelSignatures,
  calicoSignatures,
  kubeletSignatures,
  genericSignatures,
];

const ALL = TABLES.flatMap((table, t) => table.map((signature) => ({ signature, table: t })));

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

/** A log that repeats one line for days: the first lines of a kind prove it, all of them would fill the memory. */
const MOST_OF_ONE = 10_000;

export interface Findings {
  fact(line: number, fact: LogDraft): void;
  part(line: number): void;
  noise(line: number): void;
  gap(line: number, reason: string): void;
  incomplete(reason: 'filtered' | 'truncated', detail: string): void;
}

/** Reads lines that hold a needle and keeps count of what it found; tells whether the line became a gap. */
export function reader(out: Findings): (line: number, message: Message, hits: ReadonlySet<number>) => 'gap' | 'read' {
  const counts = new Map<number, number>();
  return (line, message, hits) => {
    let told = false;
    let unreadable = false;
    const done = new Set<number>();
    for (const id of [...hits].sort((a, b) => a - b)) {
      const entry = ALL[id];
      if (!entry || done.has(entry.table)) continue;
      const reading = entry.signature.read(message);
      if (reading === undefined) continue;
      done.add(entry.table);
      if (reading === 'unreadable') {
        unreadable = true;
        continue;
      }
      told = true;
      const seen = (counts.get(id) ?? 0) + 1;
      counts.set(id, seen);
      if (reading === 'part' || seen > MOST_OF_ONE) out.part(line);
      else for (const fact of reading) out.fact(line, fact);
      if (seen === MOST_OF_ONE + 1) {
        out.incomplete(
          'truncated',
          `more than ${MOST_OF_ONE} lines say "${entry.signature.needle}": the rest is not kept`,
        );
      }
    }
    if (unreadable && !told) {
      out.gap(line, 'a value of this line is masked or cut off');
      return 'gap';
    }
    if (!told) out.noise(line);
    return 'read';
  };
}

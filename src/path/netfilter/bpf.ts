import type { Packet } from '../types.js';
import { type Bits, isWithin, load } from './octets.js';
import { type Answer, unsupported } from './tri.js';

/** One instruction of a socket filter: `21 0 1 6`. */
interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

function readProgram(text: string): readonly Instruction[] | undefined {
  const [count = '', ...parts] = text.split(',');
  const program = parts.map((part) => {
    const [code = Number.NaN, jt = 0, jf = 0, k = 0] = part.trim().split(/\s+/).map(Number);
    return { code, jt, jf, k: k >>> 0 };
  });
  const isWhole = program.length === Number(count) && program.length > 0;
  return isWhole && program.every((i) => Number.isInteger(i.code)) ? program : undefined;
}

const exactly = (value: number): Bits => ({ value: value >>> 0, open: 0 });

/** Arithmetic on what is known; of open bits only AND, OR and shifts leave anything known. */
function compute(op: number, a: Bits, b: Bits): Bits | undefined {
  if (b.open !== 0) return undefined;
  const n = b.value;
  switch (op) {
    case 0x50:
      return { value: (a.value & n) >>> 0, open: (a.open & n) >>> 0 };
    case 0x60:
      return { value: (a.value << n) >>> 0, open: (a.open << n) >>> 0 };
    case 0x70:
      return { value: a.value >>> n, open: a.open >>> n };
    case 0x40:
      return { value: (a.value | n) >>> 0, open: (a.open & ~n) >>> 0 };
    case 0xa0:
      return { value: (a.value ^ n) >>> 0, open: a.open };
  }
  if (a.open !== 0) return undefined;
  switch (op) {
    case 0x00:
      return exactly(a.value + n);
    case 0x10:
      return exactly(a.value - n);
    case 0x20:
      return exactly(Math.imul(a.value, n));
    case 0x30:
      return n === 0 ? undefined : exactly(Math.floor(a.value / n));
    case 0x90:
      return n === 0 ? undefined : exactly(a.value % n);
    case 0x80:
      return exactly(-a.value);
    default:
      return undefined;
  }
}

function holds(op: number, a: Bits, n: number): boolean | undefined {
  switch (op) {
    case 0x10:
      return isWithin(a, n, n);
    case 0x20:
      return n === 0xffffffff ? false : isWithin(a, n + 1, 0xffffffff);
    case 0x30:
      return isWithin(a, n, 0xffffffff);
    case 0x40: {
      const masked = { value: (a.value & n) >>> 0, open: (a.open & n) >>> 0 };
      return (masked.value & ~masked.open) !== 0 ? true : masked.open === 0 ? false : undefined;
    }
    default:
      return undefined;
  }
}

const WIDTH: Readonly<Record<number, number>> = { 0: 4, 8: 2, 16: 1 };
/** Loads from here on are of the kernel's own (SKF_AD_OFF). */
const ANCILLARY = 0xfffff000;
const MAX_STEPS = 4096;

/** Runs a program over the packet from its IP header on; undefined: what decides is not known. */
function execute(program: readonly Instruction[], p: Packet): boolean | undefined {
  let a: Bits = exactly(0);
  let x: Bits = exactly(0);
  const memory = new Map<number, Bits>();
  for (let pc = 0, steps = 0; steps < MAX_STEPS; pc++, steps++) {
    const i = program[pc];
    if (!i) return undefined;
    const kind = i.code & 0x07;
    if (kind === 0x06) {
      const result = (i.code & 0x18) === 0x10 ? a : exactly(i.k);
      return (result.value & ~result.open) !== 0 ? true : result.open === 0 ? false : undefined;
    }
    let made: Bits | undefined;
    if (kind === 0x00 || kind === 0x01) {
      const found = loaded(i, p, x, memory);
      if (found === 'beyond') return false;
      made = found;
    } else if (kind === 0x04) made = compute(i.code & 0xf0, a, (i.code & 0x08) === 0 ? exactly(i.k) : x);
    else if (kind === 0x05) {
      const to = jump(i, a, x);
      if (to === undefined) return undefined;
      pc += to;
      continue;
    } else if (kind === 0x07) made = (i.code & 0x80) === 0 ? a : x;
    else {
      memory.set(i.k, kind === 0x02 ? a : x);
      continue;
    }
    if (!made) return undefined;
    const toX = kind === 0x01 || i.code === 0x07;
    if (toX) x = made;
    else a = made;
  }
  return undefined;
}

function jump(i: Instruction, a: Bits, x: Bits): number | undefined {
  const op = i.code & 0xf0;
  if (op === 0) return i.k;
  const other = (i.code & 0x08) === 0 ? exactly(i.k) : x;
  const answer = other.open === 0 ? holds(op, a, other.value) : undefined;
  return answer === undefined ? undefined : answer ? i.jt : i.jf;
}

function loaded(i: Instruction, p: Packet, x: Bits, memory: ReadonlyMap<number, Bits>): Bits | 'beyond' | undefined {
  const width = WIDTH[i.code & 0x18];
  switch (i.code & 0xe0) {
    case 0x00:
      return exactly(i.k);
    case 0x60:
      return memory.get(i.k) ?? exactly(0);
    case 0x80:
      return exactly(p.size);
    case 0xa0: {
      // ldx 4*([k]&0xf): the length of an IP header.
      const octet = load(p, i.k, 1);
      return octet ? { value: (octet.value & 0xf) << 2, open: (octet.open & 0xf) << 2 } : 'beyond';
    }
    case 0x20:
    case 0x40: {
      if (width === undefined || i.k >= ANCILLARY) return undefined;
      const indirect = (i.code & 0xe0) === 0x40;
      if (indirect && x.open !== 0) return undefined;
      return load(p, i.k + (indirect ? x.value : 0), width) ?? 'beyond';
    }
    default:
      return undefined;
  }
}

/** The match `bpf --bytecode` (net/netfilter/xt_bpf.c): anything but 0 matches. */
export function compileBpf(text: string): (p: Packet) => Answer {
  const program = readProgram(text);
  return (p) => (program && execute(program, p)) ?? unsupported(program ? '-m bpf of data' : '-m bpf');
}

import type { Packet } from '../types.js';
import { type Bits, isWithin, load } from './octets.js';
import { type Answer, unsupported } from './tri.js';

/** `6&0xFF=1 && 0>>22&0x3C@0>>16=4001:4004`: where, and which values. */
interface Test {
  readonly first: number;
  readonly steps: readonly { readonly op: '&' | '<<' | '>>' | '@'; readonly number: number }[];
  readonly ranges: readonly (readonly [number, number])[];
}

const NUMBER = '(?:0x[0-9a-fA-F]+|\\d+)';
const WHERE = new RegExp(`^${NUMBER}(?:(?:&|<<|>>|@)${NUMBER})*$`);
const STEP = new RegExp(`(&|<<|>>|@)(${NUMBER})`, 'g');
const RANGE = new RegExp(`^${NUMBER}(?::${NUMBER})?$`);

function readTest(text: string): Test | undefined {
  const [where = '', values = ''] = text.split('=');
  if (!WHERE.test(where)) return undefined;
  const ranges: (readonly [number, number])[] = [];
  for (const word of values.split(',')) {
    if (!RANGE.test(word)) return undefined;
    const [low = '', high = low] = word.split(':');
    ranges.push([Number(low), Number(high)]);
  }
  const steps = [...where.matchAll(STEP)].map(([, op, number]) => ({ op: op as '&', number: Number(number) }));
  return { first: Number.parseInt(where, where.startsWith('0x') ? 16 : 10), steps, ranges };
}

/** `no`: the packet is too short. */
function bitsAt({ first, steps }: Test, p: Packet): Bits | 'no' | undefined {
  let at = 0;
  let bits: Bits | undefined = load(p, first, 4);
  for (const { op, number } of steps) {
    if (!bits) return 'no';
    const { value, open } = bits;
    switch (op) {
      case '&':
        bits = { value: (value & number) >>> 0, open: (open & number) >>> 0 };
        break;
      case '<<':
        bits = { value: (value << number) >>> 0, open: (open << number) >>> 0 };
        break;
      case '>>':
        bits = { value: value >>> number, open: open >>> number };
        break;
      case '@':
        if (open !== 0) return undefined;
        at += value;
        bits = load(p, at + number, 4);
        break;
    }
  }
  return bits ?? 'no';
}

/** The match `u32` (net/netfilter/xt_u32.c): all tests must hold. */
export function compileU32(text: string): (p: Packet) => Answer {
  const tests = text.replace(/\s+/g, '').split('&&').map(readTest);
  const unknown = unsupported('-m u32 of data');
  return (p) => {
    let answer: Answer = true;
    for (const test of tests) {
      if (!test) return unsupported('-m u32');
      const bits = bitsAt(test, p);
      if (bits === 'no') return false;
      const held = bits && test.ranges.map(([low, high]) => isWithin(bits, low, high));
      if (held?.includes(true)) continue;
      if (held && !held.includes(undefined)) return false;
      answer = unknown;
    }
    return answer;
  };
}

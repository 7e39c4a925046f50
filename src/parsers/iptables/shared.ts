import { decode, readSpec } from '../../kit/index.js';

/**
 * How many texts are held. A cluster of 5,000 services has some 60,000 rules of kube-proxy's and 20,000 chains, alike on all nodes; what
 * differs between nodes is little.
 */
export const MOST = 2 ** 17;

/** Rules by number, in the order in which they were met first. */
const rules: string[] = [];
const numbers = new Map<string, number>();
/** The rule that comes next if this dump goes on like the one before. */
let expected = 0;

function sharedRule(text: string): string {
  if (rules.length >= MOST) {
    numbers.clear();
    rules.length = 0;
  }
  numbers.set(text, rules.length);
  expected = rules.push(text);
  return text;
}

function knownRule(text: string): string | undefined {
  const number = numbers.get(text);
  if (number === undefined) return undefined;
  expected = number + 1;
  return rules[number];
}

/** The same string object for all nodes and captures that have the rule. */
export const shareRule = (text: string): string => knownRule(text) ?? sharedRule(text);

/** Is that what the bytes say? False also for text that is not ASCII. */
export function isText(text: string | undefined, bytes: Uint8Array, from: number, to: number): boolean {
  if (text === undefined || text.length !== to - from) return false;
  for (let i = 0; i < text.length; i++) {
    const c = bytes[from + i] as number;
    if (c > 127 || c !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** What stands behind `-A CHAIN`, or why it is no rule. `counters` stand in the text of `iptables -S -v`: `-c 12 720`. */
export type RuleReading =
  | { readonly kind: 'rule'; readonly text: string; readonly counters?: string }
  | { readonly kind: 'gap'; readonly reason: string };

const COUNTERS = /(?:^| )(?:-c|--set-counters) \d+ \d+/;

/**
 * Each rule is read to see that it can be, and only its text is kept: a rule in its parts takes ten times the memory. The next node's dump
 * goes on like this one's most of the time; such rules are not even decoded.
 */
export function readRule(bytes: Uint8Array, from: number, to: number): RuleReading {
  const next = rules[expected];
  if (next !== undefined && isText(next, bytes, from, to)) {
    expected++;
    return { kind: 'rule', text: next };
  }
  const text = decode(bytes, from, to);
  const known = knownRule(text);
  if (known !== undefined) return { kind: 'rule', text: known };
  const reading = readSpec(text);
  if (reading.kind === 'gap') return reading;
  if (reading.counters === undefined) return { kind: 'rule', text: sharedRule(text) };
  // Counters differ from node to node; the rule without them is what is shared.
  const bare = text.replace(COUNTERS, '').trimStart();
  return {
    kind: 'rule',
    text: knownRule(bare) ?? (isWhole(bare) ? sharedRule(bare) : text),
    counters: reading.counters,
  };
}

/** False when something in quotes was taken for the counters. */
function isWhole(text: string): boolean {
  const reading = readSpec(text);
  return reading.kind === 'spec' && reading.counters === undefined;
}

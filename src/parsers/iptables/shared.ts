import { readSpec } from '../../kit/index.js';

/**
 * How many texts are held. A cluster of 5,000 services has some 60,000 rules of kube-proxy's and 20,000 chains, alike on all nodes; what
 * differs between nodes is little.
 */
const MOST = 2 ** 17;

const names = new Map<string, string>();
const rules = new Map<string, string>();

/** The same string object for the same text, so that ten nodes with the same rules hold them once. */
function shared(held: Map<string, string>, text: string): string {
  const known = held.get(text);
  if (known !== undefined) return known;
  if (held.size >= MOST) held.clear();
  held.set(text, text);
  return text;
}

export const sharedName = (name: string): string => shared(names, name);

/** What stands behind `-A CHAIN`, or why it is no rule. `counters` stand in the text of `iptables -S -v`: `-c 12 720`. */
export type RuleReading =
  | { readonly kind: 'rule'; readonly text: string; readonly counters?: string }
  | { readonly kind: 'gap'; readonly reason: string };

const COUNTERS = /(?:^| )(?:-c|--set-counters) \d+ \d+/;

/** Each rule is read to see that it can be, and only its text is kept: a rule in its parts takes ten times the memory. */
export function readRule(text: string): RuleReading {
  const known = rules.get(text);
  if (known !== undefined) return { kind: 'rule', text: known };
  const reading = readSpec(text);
  if (reading.kind === 'gap') return reading;
  if (reading.counters === undefined) return { kind: 'rule', text: shared(rules, text) };
  // Counters differ from node to node; the rule without them is what is shared.
  const bare = text.replace(COUNTERS, '').trimStart();
  const same = rules.has(bare) || isWhole(bare);
  return { kind: 'rule', text: same ? shared(rules, bare) : text, counters: reading.counters };
}

/** False when something in quotes was taken for the counters. */
function isWhole(text: string): boolean {
  const reading = readSpec(text);
  return reading.kind === 'spec' && reading.counters === undefined;
}

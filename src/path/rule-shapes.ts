import type { IptablesTableFact } from '../facts/index.js';

const ADDRESS =
  /(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?|\b[\da-f]{2}(?::[\da-f]{2}){5}\b|(?:[\da-f]{1,4}:){1,7}:?[\da-f:]*(?:\/\d{1,3})?|::(?:[\da-f:]+)?(?:\/\d{1,3})?/gi;
const WORD = /\w/;

interface Scanned {
  /** Text between the addresses: one more than there are addresses. */
  readonly parts: readonly string[];
  readonly addresses: readonly string[];
  readonly blank: string;
}

const scanned = new Map<string, Scanned>();
const MOST = 200_000;

/** The addresses in a text. Rules are alike on all nodes, so each text is read once. */
export function scan(text: string): Scanned {
  const known = scanned.get(text);
  if (known) return known;
  const parts: string[] = [];
  const addresses: string[] = [];
  let from = 0;
  for (const m of text.matchAll(ADDRESS)) {
    // In the middle of a word: kube-proxy's nftables chains are called after their endpoints.
    if (WORD.test(text[m.index - 1] ?? '')) continue;
    parts.push(text.slice(from, m.index));
    addresses.push(m[0]);
    from = m.index + m[0].length;
  }
  parts.push(text.slice(from));
  const made = { parts, addresses, blank: parts.join('@') };
  if (scanned.size >= MOST) scanned.clear();
  scanned.set(text, made);
  return made;
}

/** `-m comment --comment "default/web:http"` names a service, and decides nothing. */
export const COMMENT = /-m comment --comment (?:"[^"]*"|\S+) ?/g;

/** A rule without what names a service, and without addresses. */
const bareRule = (text: string): string => scan(text.replace(COMMENT, '')).blank;

const PORT = /--dport (\d+)(?![\d:])/;

/** The port that a rule is for, when it is for one. */
export const portsOf = (text: string): readonly string[] => {
  const port = PORT.exec(text)?.[1];
  return port === undefined ? [] : [port];
};
export const blankPort = (text: string): string => text.replace(PORT, '--dport @');

/** Is a port one of several that a rule is for: `--dport 30000:32767`, `--dports 80,443,8000:8010`? Undefined: it is for one or for any. */
export function isOfSeveral(text: string, port: number): boolean | undefined {
  const list = /--d(?:port|ports|estination-ports) (\S*[:,]\S*)/.exec(text)?.[1];
  return list?.split(',').some((part) => {
    const [from = '', to = from] = part.split(':');
    return Number(from) <= port && port <= Number(to);
  });
}

/** Chains without their names and without addresses: what a chain does, and which rules lead to it. */
interface Shapes {
  /** A text with the name of the chain that it leads to replaced by what that chain does. */
  withTarget(text: string): string;
  around(chain: string): string;
  /** Addresses in the chains that a rule leads to, in their order. */
  below(text: string): readonly string[];
  /** Those chains. */
  chainsBelow(text: string): readonly string[];
}

const DEEP = 6;

export function shapesOf({ chains, rules, table }: IptablesTableFact): Shapes {
  const own = new Map<string, string[]>(chains.name.map((name) => [name, []]));
  const leading = new Map<string, { readonly from: string; readonly text: string }[]>();
  const targetOf = (text: string): string | undefined => {
    const target = /-[jg] (\S+)/.exec(text)?.[1];
    return target !== undefined && own.has(target) ? target : undefined;
  };
  const asked = new Set(
    rules.text.flatMap((text) => (scan(text.replace(COMMENT, '')).addresses.length > 0 ? portsOf(text) : [])),
  );
  /** Which port leads to a chain from anywhere (a NodePort) makes no difference to who asks an address. */
  const withoutPort = (bare: string): string =>
    bare.includes('@') || portsOf(bare).some((p) => asked.has(p)) ? bare : blankPort(bare);
  for (const [i, text] of rules.text.entries()) {
    const chain = chains.name[rules.chain[i] ?? -1] ?? '';
    own.get(chain)?.push(text);
    const target = targetOf(text);
    if (target === undefined) continue;
    const bare = withoutPort(bareRule(text).replace(target, ''));
    const by = leading.get(target);
    if (by) by.push({ from: chain, text: bare });
    else leading.set(target, [{ from: chain, text: bare }]);
  }
  const numbers = new Map<string, string>();
  const short = (text: string): string => {
    const number = numbers.get(text) ?? `${table} ${text.length} ${numbers.size}`;
    numbers.set(text, number);
    return number;
  };
  const downs = new Map<string, string>();
  const withTarget = (text: string, depth: number): string => {
    const target = targetOf(text);
    return target === undefined ? text : text.replace(target, `<${down(target, depth + 1)}>`);
  };
  const down = (chain: string, depth: number): string => {
    if (depth > DEEP) return chain;
    const held = downs.get(chain);
    if (held !== undefined) return held;
    const made = short((own.get(chain) ?? []).map((text) => withTarget(bareRule(text), depth)).join('\n'));
    downs.set(chain, made);
    return made;
  };
  const addressesBelow = (chain: string | undefined, depth: number): readonly string[] =>
    chain === undefined || depth > DEEP
      ? []
      : (own.get(chain) ?? []).flatMap((text) => [
          ...scan(text.replace(COMMENT, '')).addresses.map((a) => a.replace(/\/32$/, '')),
          ...addressesBelow(targetOf(text), depth + 1),
        ]);
  const chainsBelow = (text: string, depth: number): readonly string[] => {
    const target = targetOf(text);
    return target === undefined || depth > DEEP
      ? []
      : [target, ...(own.get(target) ?? []).flatMap((t) => chainsBelow(t, depth + 1))];
  };
  const ups = new Map<string, string>();
  const up = (chain: string, depth: number): string => {
    const held = ups.get(chain);
    if (held !== undefined) return held;
    const by = depth > DEEP ? [] : (leading.get(chain) ?? []);
    const ways = new Set(by.map(({ from, text }) => `${text} of ${up(from, depth + 1)}`));
    const made = by.length === 0 ? chain : short([...ways].sort().join('\n'));
    ups.set(chain, made);
    return made;
  };
  return {
    withTarget: (text) => withTarget(text, 0),
    below: (text) => addressesBelow(targetOf(text), 0),
    chainsBelow: (text) => chainsBelow(text, 0),
    around: (chain) => `${down(chain, 0)} <- ${up(chain, 0)}`,
  };
}

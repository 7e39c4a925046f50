import { shown } from '../text/iproute2.js';

export interface TcCommand {
  readonly object: 'qdisc' | 'filter';
  readonly json: boolean;
  /** `{ dev: 'eth0' }`, with the rest of the selection by its words. */
  readonly scope: Readonly<Record<string, string>>;
}

const VALUED: ReadonlySet<string> = new Set(['dev', 'parent', 'handle', 'protocol', 'prio', 'pref', 'block', 'chain']);

/** Reads `tc [-s] [-d] [-j] qdisc|filter show …` with iproute2's abbreviations; undefined for what lists neither. */
export function tcCommand(argv: readonly string[]): TcCommand | undefined {
  if (argv[0] !== 'tc') return undefined;
  let i = 1;
  let json = false;
  for (; argv[i]?.startsWith('-'); i++) {
    const option = (argv[i] ?? '').replace(/^--?/, '');
    if (option !== '' && 'json'.startsWith(option)) json = true;
    if (option !== '' && 'netns'.startsWith(option)) i++;
  }
  const word = argv[i] ?? '';
  const object = word === '' ? undefined : (['qdisc', 'filter'] as const).find((name) => name.startsWith(word));
  const words = shown(argv.slice(i + 1));
  if (!object || !words) return undefined;
  const pairs: [string, string][] = [];
  for (let w = 0; w < words.length; w++) {
    const key = words[w] ?? '';
    // `invisible` shows more; the others are places that a filter hangs on.
    if (VALUED.has(key)) pairs.push([key === 'pref' || key === 'prio' ? 'priority' : key, words[++w] ?? '']);
    else if (key === 'root' || key === 'ingress' || key === 'egress') pairs.push(['parent', key]);
  }
  return { object, json, scope: Object.fromEntries(pairs) };
}

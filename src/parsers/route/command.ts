import type { Claim } from '../../kit/index.js';
import { iproute2Command, shown } from '../text/iproute2.js';

const KEYS: Readonly<Record<string, string>> = {
  table: 'table',
  t: 'table',
  dev: 'dev',
  oif: 'dev',
  proto: 'proto',
  protocol: 'proto',
  type: 'type',
  via: 'via',
  src: 'src',
  scope: 'scope',
  vrf: 'table',
};

/** Numbers of etc/iproute2/rt_tables, and the names of all tables together. */
const TABLES: Readonly<Record<string, string>> = {
  '254': 'main',
  '255': 'local',
  '253': 'default',
  '0': 'all',
  unspec: 'all',
  any: 'all',
};

const PREFIX_WORDS: ReadonlySet<string> = new Set(['root', 'match', 'exact', 'to']);
const CACHE_WORDS: ReadonlySet<string> = new Set(['cache', 'cached', 'cloned']);

/** Words of `ip route show` that select: what they leave out is not known to be absent. */
function scopeOf(words: readonly string[], family: '4' | '6' | undefined): Record<string, string> {
  const scope: [string, string][] = family === undefined ? [] : [['family', family]];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const key = Object.hasOwn(KEYS, word) ? KEYS[word] : undefined;
    const next = words[i + 1] ?? '';
    if (key === 'table') scope.push(['table', Object.hasOwn(TABLES, next) ? (TABLES[next] ?? next) : next]);
    else if (key !== undefined) scope.push([key, next]);
    else if (CACHE_WORDS.has(word)) scope.push(['cache', '']);
    else scope.push(['prefix', PREFIX_WORDS.has(word) ? next : word]);
    if (key !== undefined || PREFIX_WORDS.has(word)) i++;
  }
  return Object.fromEntries(scope);
}

/** `ip route [show] …`, `ip route get ADDRESS`, in all abbreviations. */
export function claimRoutes(argv: readonly string[]): Claim | undefined {
  const command = iproute2Command(argv);
  if (command?.object !== 'route' || !command.plain) return undefined;
  const [verb = '', ...rest] = command.args;
  if (verb === 'get' || verb === 'ge' || verb === 'g') return { scope: { get: rest.join(' ') } };
  const words = shown(command.args);
  return words && { scope: scopeOf(words, command.family) };
}

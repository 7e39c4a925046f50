import type {
  FirewalldActiveZoneFact,
  FirewalldPolicyFact,
  FirewalldRules,
  FirewalldZoneFact,
} from '../../facts/index.js';
import { canonicalPrefix, type Draft } from '../../kit/index.js';
import { wordsOf } from '../text/words.js';

/** A zone or policy as far as it is read: the values of each key, whose lists may go on in the lines below. */
export interface Section {
  readonly line: number;
  readonly name: string;
  readonly marks: readonly string[];
  readonly values: Map<string, string[]>;
  /** The key whose list lines with a tab continue; a description goes on in any line. */
  key: string;
}

/** firewalld's firewall/command.py print_zone_policy_info, since 0.3. */
const KEYS: ReadonlySet<string> = new Set([
  'summary',
  'description',
  'priority',
  'ingress-priority',
  'egress-priority',
  'target',
  'icmp-block-inversion',
  'ingress-zones',
  'egress-zones',
  'interfaces',
  'sources',
  'services',
  'ports',
  'protocols',
  'forward',
  'masquerade',
  'forward-ports',
  'source-ports',
  'icmp-blocks',
  'rich rules',
]);
/** One entry a line. */
const LINES: ReadonlySet<string> = new Set(['forward-ports', 'rich rules']);

/** `public (default, active)` */
const HEAD = /^([\w-][\w.-]{0,63})(?: \(((?:default|active)(?:, ?(?:active|default))?)\))?\s*$/;
const ENTRY = /^ {2}([a-z][a-z -]*?): ?(.*)$/;

export function headOf(line: string, i: number): Section | undefined {
  const [, name, marks = ''] = HEAD.exec(line) ?? [];
  return name === undefined ? undefined : { line: i, name, marks: marks.split(', '), values: new Map(), key: '' };
}

/** The key that a line of a zone starts with, if it is one. */
export function keyOf(line: string): string | undefined {
  const key = ENTRY.exec(line)?.[1];
  return key !== undefined && KEYS.has(key) ? key : undefined;
}

/** Takes a line below the head; false when it is none of the section. */
export function takeLine(section: Section, line: string): boolean {
  const key = keyOf(line);
  if (key !== undefined) {
    const text = (ENTRY.exec(line)?.[2] ?? '').trim();
    section.values.set(key, text === '' ? [] : LINES.has(key) ? [text] : wordsOf(text));
    section.key = key;
    return true;
  }
  if (section.key === 'description') return true;
  const more = section.values.get(section.key);
  if (!more || !/^\s/.test(line) || !LINES.has(section.key)) return false;
  more.push(line.trim());
  return true;
}

const listOf = ({ values }: Section, key: string): readonly string[] => values.get(key) ?? [];
const isYes = ({ values }: Section, key: string): boolean | undefined => {
  const word = values.get(key)?.[0];
  return word === undefined ? undefined : word === 'yes';
};

const sourcesOf = (words: readonly string[]): readonly string[] => words.map((w) => canonicalPrefix(w) ?? w);

const rulesOf = (section: Section): FirewalldRules => ({
  services: listOf(section, 'services'),
  ports: listOf(section, 'ports'),
  protocols: listOf(section, 'protocols'),
  masquerade: isYes(section, 'masquerade') ?? false,
  forwardPorts: listOf(section, 'forward-ports'),
  sourcePorts: listOf(section, 'source-ports'),
  icmpBlocks: listOf(section, 'icmp-blocks'),
  richRules: listOf(section, 'rich rules'),
});

export type SectionFact = FirewalldActiveZoneFact | FirewalldPolicyFact | FirewalldZoneFact;

/** What a section is: of a zone's keys some are always there. `--get-active-zones` prints only interfaces and sources that exist. */
export function factOf(section: Section, permanent: boolean): Draft<SectionFact> | undefined {
  const { name, marks, values } = section;
  if (values.has('ingress-zones') && values.has('services'))
    return {
      kind: 'firewalld-policy',
      name,
      active: marks.includes('active'),
      priority: Number(listOf(section, 'priority')[0] ?? 0),
      target: listOf(section, 'target')[0] ?? '',
      ingressZones: listOf(section, 'ingress-zones'),
      egressZones: listOf(section, 'egress-zones'),
      ...rulesOf(section),
      permanent,
    };
  const interfaces = listOf(section, 'interfaces');
  const sources = sourcesOf(listOf(section, 'sources'));
  if (values.has('services')) {
    const inversion = isYes(section, 'icmp-block-inversion');
    const forward = isYes(section, 'forward');
    const target = listOf(section, 'target')[0];
    return {
      kind: 'firewalld-zone',
      name,
      active: marks.includes('active'),
      ...(marks.includes('default') && { isDefault: true }),
      ...(target !== undefined && { target }),
      ...(inversion !== undefined && { icmpBlockInversion: inversion }),
      interfaces,
      sources,
      ...(forward !== undefined && { forward }),
      ...rulesOf(section),
      permanent,
    };
  }
  return values.has('interfaces') || values.has('sources')
    ? { kind: 'firewalld-active-zone', name, interfaces, sources }
    : undefined;
}

import type { IpsetFact } from '../facts/index.js';
import { type CaptureContext, defineParser, type Sink, type Text } from '../kit/index.js';
import { ipsetCommand } from './ipset/command.js';
import { addMember, missing, newSet, type OpenSet, setFact, setHeader, TYPE } from './ipset/sets.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * Name: cali40all-hosts-net
 * Type: hash:net
 * Revision: 7
 * Header: family inet hashsize 1024 maxelem 1048576 bucketsize 12 initval 0x5f1d3a07
 * Size in memory: 552
 * References: 1
 * Number of entries: 2
 * Members:
 * 192.168.50.11
 * 192.168.50.12
 *
 * ipset lib/session.c, list_create and list_adt in mode IPSET_LIST_PLAIN. Before 6.30 without the number of entries; `-t` ends in it.
 */
const FIELD = /^(Name|Type|Revision|Header|Size in memory|References|Number of entries|Members): ?(.*)$/;
const STRANGE = 'not a line of ipset list';

interface Reader {
  readonly out: Sink<IpsetFact>;
  readonly firstLine: number;
  /** The set at hand, whose header or elements come. */
  set: OpenSet | undefined;
  /** Type of the set at hand; the header tells the rest. */
  type: string | undefined;
  /** Behind `Members:`. */
  inside: boolean;
  /** Some set had its elements shown. */
  shown: boolean;
  /** Sets that are listed. */
  readonly names: Set<string>;
  /** `ipset save` follows in the same file, as EKS' collector writes it. */
  saved: boolean;
}

function close(r: Reader): void {
  if (r.set) r.out.fact(r.set.line, setFact(r.set));
  r.set = undefined;
}

const numberOf = (value: string): number | undefined => (/^\d{1,15}$/.test(value) ? Number(value) : undefined);

/** Reads a line of a header; false for a value that it can't have. */
function field(r: Reader, set: OpenSet, key: string, value: string): boolean {
  switch (key) {
    case 'Type':
      r.type = TYPE.test(value) ? value : undefined;
      setHeader(set, r.type, []);
      return r.type !== undefined;
    case 'Header':
      setHeader(set, r.type, wordsOf(value));
      return true;
    case 'Revision':
      set.revision = numberOf(value);
      return set.revision !== undefined;
    case 'References':
      set.references = numberOf(value);
      return set.references !== undefined;
    case 'Size in memory':
      set.memory = numberOf(value);
      return set.memory !== undefined;
    case 'Number of entries':
      set.entries = numberOf(value);
      return set.entries !== undefined;
    default:
      r.inside = true;
      set.shown = true;
      r.shown = true;
      return value === '';
  }
}

const ELEMENT = /^(\S+)(?: (.*))?$/;

/** A listing that breaks off: its last set has fewer elements than it says. */
function cut(r: Reader): void {
  const { set } = r;
  if (!set) return;
  const lost = missing(set);
  if (lost > 0) r.out.incomplete('truncated', `set ${set.name}: ${lost} of ${set.entries} elements are not there`);
  else if (r.shown && !set.shown) r.out.incomplete('truncated', `set ${set.name} ends within its header`);
}

/** A line of the dump behind the listing tells what that told; undefined for any other. */
function takeSaved(r: Reader, line: string): Taken | undefined {
  const [, verb, name, type = ''] = /^(create|add) (\S+) (\S+)/.exec(line.slice(0, 500)) ?? [];
  if (verb === 'create' && TYPE.test(type) && !r.saved) {
    cut(r);
    close(r);
    r.saved = true;
  }
  if (!r.saved || name === undefined) return undefined;
  return r.names.has(name) ? 'row' : gap('a set that is not in the listing above');
}

function takeLine(r: Reader, line: string, i: number): Taken {
  const saved = takeSaved(r, line);
  if (saved !== undefined) return saved;
  const [, key, value = ''] = line.length < 2000 ? (FIELD.exec(line.trim()) ?? []) : [];
  if (key === 'Name' && value !== '') {
    close(r);
    r.set = newSet(i, value);
    r.names.add(value);
    r.type = undefined;
    r.inside = false;
    return 'row';
  }
  if (line.startsWith('Warning: ')) return 'noise';
  if (!r.set) return gap(STRANGE);
  if (!r.inside) return key !== undefined && field(r, r.set, key, value) ? 'row' : gap(STRANGE);
  const [, element = '', behind = ''] = line.length < 2000 ? (ELEMENT.exec(line.trim()) ?? []) : [];
  const reason = addMember(r.set, r.firstLine + i, element, behind);
  return reason === undefined ? 'row' : gap(reason);
}

/** `ipset list -n`: a word a line, which no content can tell. */
function parseNames(text: Text, out: Sink<IpsetFact>): void {
  readRows(text, out, (line, i) => {
    const [name = '', more] = wordsOf(line);
    if (more !== undefined || name.length > 31) return gap('not the name of a set');
    out.fact(i, { kind: 'ipset', name, options: {} });
    return 'row';
  });
}

function parseList(text: Text, out: Sink<IpsetFact>, context: CaptureContext): void {
  if (ipsetCommand(context.argv)?.names && !FIELD.test(text.line(0).trim())) {
    parseNames(text, out);
    return;
  }
  const r: Reader = {
    out,
    firstLine: text.firstLine,
    set: undefined,
    type: undefined,
    inside: false,
    shown: false,
    names: new Set(),
    saved: false,
  };
  readRows(
    text,
    out,
    (line, i) => takeLine(r, line, i),
    () => {
      cut(r);
      close(r);
    },
  );
}

/** `ipset list` in all its forms but XML and JSON: also headers alone (`-t`) and names alone (`-n`). */
export const ipsetList = defineParser<IpsetFact>({
  command: 'ipset-list',
  emits: ['ipset'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = ipsetCommand(argv);
      return command && (command.form === 'plain' || command.names) ? command.claim : undefined;
    },
    file: /(?:^|-)ipsets?(?:-(?:list|l)(?:-|$)|$)|^ipset-container$/,
    sniff(all) {
      const head = all.filter((line) => line.trim() !== '');
      const at = head.findIndex((line) => /^\s*Name: \S{1,64}\s*$/.test(line));
      if (at === -1) return 0;
      return /^\s*Type: (?:hash|bitmap|list):[a-z,]+\s*$/.test(head[at + 1] ?? '') ? 3 : 0;
    },
  },
  parse: parseList,
});

import type { IpsetFact } from '../facts/index.js';
import { defineParser, type Sink, type Text } from '../kit/index.js';
import { ipsetCommand } from './ipset/command.js';
import { addMember, newSet, type OpenSet, setFact, setHeader, TYPE } from './ipset/sets.js';
import { gap, readRows, type Taken } from './text/rows.js';

/*
 * <ipsets>
 * <ipset name="KUBE-CLUSTER-IP">
 * <type>hash:ip,port</type>
 * <revision>7</revision>
 * <header><family>inet</family><hashsize>1024</hashsize><maxelem>65536</maxelem><comment/>
 * <memsize>535</memsize>
 * <references>1</references>
 * <numentries>3</numentries>
 * </header>
 * <members>
 * <member><elem>10.96.0.10,udp:53</elem><comment>"kube-system/kube-dns:dns"</comment></member>
 * </members>
 * </ipset>
 * </ipsets>
 *
 * ipset lib/session.c in mode IPSET_LIST_XML: the line ends are its own, and nothing is escaped.
 */
const STRANGE = 'not a line of ipset -o xml';
const FRAME = /^<(?:\/?ipsets|\/header|\/members|\/ipset)>$/;
const OPEN = /^<ipset name="([^"]{1,64})">$/;
const FIELD = /^<(type|revision|memsize|references|numentries)>([^<]*)<\/\1>$/;
const VALUE = /<([a-z]+)(?:\/>|>("[^"]*"|[^<]*)<\/\1>)/y;

/** Words of `<timeout>0</timeout><nomatch/>`, as the other forms print them; undefined for text that is no such row. */
function valuesOf(text: string): [string, string][] | undefined {
  const values: [string, string][] = [];
  VALUE.lastIndex = 0;
  while (VALUE.lastIndex < text.length) {
    const [, name, value = ''] = VALUE.exec(text) ?? [];
    if (name === undefined) return undefined;
    values.push([name, value]);
  }
  return values;
}

const words = (values: readonly (readonly [string, string])[]): string[] =>
  values.flatMap(([name, value]) => (value === '' ? [name] : [name, value]));

function field(set: OpenSet, name: string, value: string): boolean {
  if (name === 'type') {
    setHeader(set, TYPE.test(value) ? value : undefined, []);
    return set.type !== undefined;
  }
  if (!/^\d{1,15}$/.test(value)) return false;
  if (name === 'revision') set.revision = Number(value);
  else if (name === 'memsize') set.memory = Number(value);
  else if (name === 'references') set.references = Number(value);
  else set.entries = Number(value);
  return true;
}

function member(set: OpenSet, line: number, text: string): Taken {
  const [elem, ...behind] = valuesOf(text.slice('<member>'.length, -'</member>'.length)) ?? [];
  if (elem?.[0] !== 'elem') return gap(STRANGE);
  const reason = addMember(set, line, elem[1], words(behind).join(' '));
  return reason === undefined ? 'row' : gap(reason);
}

function parseXml(text: Text, out: Sink<IpsetFact>): void {
  let set: OpenSet | undefined;
  const close = (): void => {
    if (set) out.fact(set.line, setFact(set));
  };
  let open = false;
  const take = (raw: string, i: number): Taken => {
    const line = raw.length < 4000 ? raw.trim() : '';
    const name = OPEN.exec(line)?.[1];
    if (name !== undefined) {
      close();
      set = newSet(i, name);
      return 'row';
    }
    if (line === '<ipsets>') open = true;
    if (line === '</ipsets>') open = false;
    if (FRAME.test(line)) return 'noise';
    if (!set) return gap(STRANGE);
    if (line === '<members>') {
      set.shown = true;
      return 'row';
    }
    const [, key, value = ''] = FIELD.exec(line) ?? [];
    if (key !== undefined) return field(set, key, value) ? 'row' : gap(STRANGE);
    const header = line.startsWith('<header>') ? valuesOf(line.slice('<header>'.length)) : undefined;
    if (header) {
      setHeader(set, set.type, words(header));
      return 'row';
    }
    return line.startsWith('<member>') && line.endsWith('</member>')
      ? member(set, text.firstLine + i, line)
      : gap(STRANGE);
  };
  readRows(text, out, take, close);
  if (open) out.incomplete('truncated', 'the XML breaks off');
}

/** `ipset list -o xml`, also without its elements (`-t`). */
export const ipsetXml = defineParser<IpsetFact>({
  command: 'ipset-xml',
  emits: ['ipset'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = ipsetCommand(argv);
      return command?.form === 'xml' && !command.names ? command.claim : undefined;
    },
    sniff: (head) => (head.some((line) => line.trim() === '<ipsets>' || OPEN.test(line.slice(0, 100).trim())) ? 3 : 0),
  },
  parse: parseXml,
});

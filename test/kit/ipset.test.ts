import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseText } from '../../src/capture/parse.js';
import type { IpsetFact } from '../../src/facts/index.js';
import {
  type Address,
  elementText,
  parseAddress,
  protocolNumber,
  readElement,
  type SetPacket,
  type SetSide,
  type SetTuple,
  setContains,
  setMatches,
  textFrom,
} from '../../src/kit/index.js';
import { ipsetSave } from '../../src/parsers/ipset-save.js';

/** What a kernel said: lab/make-ipset-answers.mjs. */
const folder = join(import.meta.dirname, '..', '..', 'samples', 'ipset');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const rowsOf = (name: string): readonly string[][] =>
  read(name)
    .trimEnd()
    .split('\n')
    .map((row) => row.split('\t'));

const setsIn = (text: string): readonly IpsetFact[] =>
  parseText(ipsetSave, textFrom(text), 0, { argv: [], fileName: '', scope: {} }).facts as readonly IpsetFact[];
const sets = new Map(setsIn(read('sets.txt')).map((set) => [set.name, set]));
const find = (name: string): IpsetFact | undefined => sets.get(name);

function setNamed(name: string): IpsetFact {
  const set = find(name);
  if (!set) throw new Error(`no set ${name}`);
  return set;
}

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (!address) throw new Error(`${text} is no address`);
  return address;
}

/** A tuple is an element without nets. */
function tupleOf(set: IpsetFact, text: string): SetTuple {
  const element = readElement(set.type ?? '', set.family, text);
  if (!element) throw new Error(`${text} is no element of ${set.type}`);
  const { set: _, ...tuple } = element;
  return tuple;
}

test('sets hold what `ipset test` says that they hold', () => {
  const [, ...rows] = rowsOf('tests.tsv');
  const ours = rows.map(([name = '', element = '']) => [
    name,
    element,
    setContains(setNamed(name), tupleOf(setNamed(name), element)).kind,
  ]);
  expect(ours).toEqual(rows);
  expect(rows.length).toBeGreaterThan(300);
});

/** On lo: what leaves has no device behind it, what arrives none ahead; the loopback device has no MACs. */
function packetOf([chain, protocol = '', source = '', sport, destination = '', dport]: readonly string[]): SetPacket {
  const outgoing = chain === 'OUTPUT';
  return {
    source: addressOf(source),
    destination: addressOf(destination),
    protocol: protocolNumber(protocol) ?? 0,
    sourcePort: Number(sport),
    destinationPort: Number(dport),
    icmp: 0x800,
    inDev: outgoing ? '' : 'lo',
    outDev: outgoing ? 'lo' : '',
    sourceMac: '',
    destinationMac: '',
  };
}

test('sets match the packets that `-m set` matched', () => {
  const [titles = [], ...rows] = rowsOf('packets.tsv');
  const sides = titles.slice(7).map((title) => title.split(',') as SetSide[]);
  const ours = rows.map((row) => [
    ...row.slice(0, 7),
    ...sides.map((s) => setMatches(setNamed(row[6] ?? ''), s, packetOf(row), find).kind),
  ]);
  expect(ours).toEqual(rows);
  expect(rows.flatMap((row) => row.slice(7)).filter((answer) => answer === 'in').length).toBeGreaterThan(300);
});

describe('types that the recording kernel lacks', () => {
  const answer = (text: string, name: string, tuple: SetTuple) => {
    const set = setsIn(text).find((s) => s.name === name);
    return set ? setContains(set, tuple) : undefined;
  };
  const ip = addressOf('10.0.0.1');
  const mark = 'create m hash:ip,mark family inet markmask 0x000000ff\nadd m 10.0.0.1,0x00000005\n';
  const pairs =
    'create n hash:net,net family inet\nadd n 10.0.0.0/8,192.168.0.0/16\nadd n 10.0.0.0/24,192.168.7.0/24 nomatch\n';
  const three =
    'create t hash:net,port,net family inet\nadd t 10.0.0.0/8,tcp:80,192.168.0.0/16\nadd t 0.0.0.0/0,udp:53,10.96.0.10\n';

  test.each([
    [mark, 'm', { ip, mark: 0xf05 }, { kind: 'in', member: 0 }],
    [mark, 'm', { ip, mark: 6 }, { kind: 'out' }],
    [mark, 'm', { ip }, { kind: 'unknown', because: 'the mark of the packet is not known' }],
    [pairs, 'n', { ip, ip2: addressOf('192.168.8.1') }, { kind: 'in', member: 0 }],
    [pairs, 'n', { ip, ip2: addressOf('192.168.7.1') }, { kind: 'out', member: 1 }],
    [pairs, 'n', { ip: addressOf('192.168.7.1'), ip2: ip }, { kind: 'out' }],
    [three, 't', { ip, protocol: 6, port: 80, ip2: addressOf('192.168.3.4') }, { kind: 'in', member: 0 }],
    [three, 't', { ip, protocol: 17, port: 53, ip2: addressOf('10.96.0.10') }, { kind: 'in', member: 1 }],
    [three, 't', { ip, protocol: 17, port: 53, ip2: addressOf('10.96.0.11') }, { kind: 'out' }],
    ['create c hash:mac\nadd c 02:42:0A:00:00:05\n', 'c', { mac: '02:42:0a:00:00:05' }, { kind: 'in', member: 0 }],
  ] as const)('%#', (text, name, tuple, expected) => {
    expect(answer(text, name, tuple)).toEqual(expected);
  });
});

describe('what was not captured is not known', () => {
  const ip = addressOf('10.0.0.1');
  const packet: SetPacket = { source: ip, destination: ip, protocol: 6 };
  const bare: IpsetFact = { ...setNamed('addresses') };
  const { members: _, ...hidden } = bare;
  const { type: __, ...named } = hidden;

  test.each([
    ['the elements', hidden],
    ['the type', named],
  ])('%s', (word, set) => {
    expect(setContains(set, { ip })).toMatchObject({ kind: 'unknown', because: expect.stringContaining(word) });
  });

  test('elements that could not be read may hold what the others do not', () => {
    const [set] = setsIn('create s hash:ip family inet\nadd s 10.0.0.1\nadd s 10.0.x.2\n');
    expect(set && setContains(set, { ip })).toEqual({ kind: 'in', member: 0 });
    expect(set && setContains(set, { ip: addressOf('10.0.7.2') })).toMatchObject({ kind: 'unknown' });
  });

  test('a port that nobody told', () => {
    expect(setMatches(setNamed('services'), ['dst', 'dst'], packet, find).kind).toBe('unknown');
    // But not for a packet of the other family.
    expect(setMatches(setNamed('services6'), ['dst', 'dst'], packet, find).kind).toBe('out');
  });

  test('a list whose sets are missing', () => {
    const [list] = setsIn('create l list:set size 8\nadd l elsewhere\nadd l addresses\n');
    const other = addressOf('10.77.0.1');
    expect(list && setMatches(list, ['src'], packet, find)).toEqual({ kind: 'in', member: 1 });
    expect(list && setMatches(list, ['src'], { ...packet, source: other }, find).kind).toBe('unknown');
  });

  test('fragments show no ports', () => {
    const udp: SetPacket = { ...packet, protocol: 17, fragment: true };
    expect(setMatches(setNamed('services'), ['dst', 'dst'], udp, find)).toEqual({ kind: 'out' });
    expect(setMatches(setNamed('addresses'), ['dst'], udp, find).kind).toBe('in');
  });
});

test.each([
  ['hash:ip,port', 6, 'FD00:0::1,ipv6-icmp:echo-request', 'fd00::1,ipv6-icmp:128/0'],
  ['hash:net', 4, '10.1.2.3/32', '10.1.2.3'],
  ['hash:net', 4, '10.1.2.3/8', '10.0.0.0/8'],
  ['hash:net', 4, 'fd00::1', undefined],
  ['hash:net', 4, '10.xx.x6.112', undefined],
  ['hash:ip,port', 4, '10.0.0.1', undefined],
  ['hash:ip,port', 4, '10.0.0.1,tcp:70000', undefined],
  ['bitmap:ip,mac', 4, '10.0.0.1', '10.0.0.1'],
  ['hash:net,iface', 4, '10.0.0.0/8,physdev:eth0', '10.0.0.0/8,physdev:eth0'],
  ['hash:nothing', 4, '10.0.0.1', undefined],
] as const)('%s %s %s', (type, family, printed, text) => {
  expect(elementText(type, family, printed)).toBe(text);
});

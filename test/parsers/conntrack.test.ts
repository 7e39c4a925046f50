import { parseText } from '../../src/capture/parse.js';
import { recogniseFile } from '../../src/capture/recognise.js';
import type { ConntrackTableFact } from '../../src/facts/index.js';
import { lineOf, type PlacedCapture, textFrom } from '../../src/kit/index.js';
import { covers } from '../../src/model/latest.js';
import { eachFlow, flowAt, isDnat, isSnat } from '../../src/model/lookups/index.js';
import { conntrackCommand } from '../../src/parsers/conntrack/command.js';
import { conntrack } from '../../src/parsers/conntrack.js';
import { parsers } from '../../src/parsers/index.js';

const CLUSTER_IP =
  'tcp      6 431999 ESTABLISHED src=10.71.1.2 dst=10.96.0.10 sport=55802 dport=8080 src=10.71.2.2 dst=10.71.1.2 sport=80 dport=55802 [ASSURED] mark=16384 use=1';
const MASQUERADED =
  'udp      17 29 src=10.71.1.2 dst=10.99.1.1 sport=40319 dport=53 [UNREPLIED] src=10.99.1.1 dst=10.71.2.1 sport=53 dport=1024 mark=0 zone=7 use=1';
const PING =
  'icmp     1 29 src=10.71.1.2 dst=10.71.2.2 type=8 code=0 id=3800 src=10.71.2.2 dst=10.71.1.2 type=0 code=0 id=3800 mark=0 use=1';

const context = { argv: [], fileName: '', scope: {} };

function tableOf(text: string): ConntrackTableFact {
  const fact = parseText(conntrack, textFrom(text), 0, context).facts[0];
  if (fact?.kind !== 'conntrack-table') throw new Error('no table');
  return fact as ConntrackTableFact;
}

test('a flow out of the columns is what its line says, on its line', () => {
  const table = tableOf(['', CLUSTER_IP, 'nonsense', MASQUERADED, PING].join('\n'));
  const flows = [...eachFlow([table])];
  expect(flows.map((f) => lineOf(f.at))).toEqual([2, 4, 5]);
  expect(flows[0]).toMatchObject({
    family: 4,
    protocol: 'tcp',
    state: 'ESTABLISHED',
    timeout: 431999,
    original: { source: '10.71.1.2', destination: '10.96.0.10', sourcePort: 55802, destinationPort: 8080 },
    reply: { source: '10.71.2.2', destination: '10.71.1.2', sourcePort: 80, destinationPort: 55802 },
    assured: true,
    unreplied: false,
    mark: 16384,
  });
  expect(flows[1]).toMatchObject({ unreplied: true, zone: 7 });
  expect(flows[2]?.original).toEqual({
    source: '10.71.1.2',
    destination: '10.71.2.2',
    icmpId: 3800,
    icmpType: 8,
    icmpCode: 0,
  });
  expect(flows.map((f) => [isDnat(f), isSnat(f)])).toEqual([
    [true, false],
    [false, true],
    [false, false],
  ]);
});

test('columns sort out what is not wanted before a flow is built', () => {
  const table = tableOf([CLUSTER_IP, MASQUERADED].join('\n'));
  const udp = [...eachFlow([table], (flows, i) => flows.protocol[i] === 'udp')];
  expect(udp).toEqual([flowAt(table, 1)]);
});

test.each([
  ['conntrack -L', { action: 'list', table: 'conntrack', scope: {} }],
  ['conntrack -L expect -o xml', { action: 'list', table: 'expect', xml: true }],
  ['conntrack -Lo extended', { action: 'list', table: 'conntrack' }],
  ['conntrack --dump dying', { action: 'list', table: 'dying' }],
  ['conntrack -p udp --dport 53 -L', { scope: { protocol: 'udp', destinationPort: '53' } }],
  ['conntrack -L --proto=tcp -f ipv6 -g', { scope: { protocol: 'tcp', family: '6', nat: 'any' } }],
  ['conntrack -L -n 10.71.2.1 -s 10.71.1.2', { scope: { nat: '10.71.2.1', source: '10.71.1.2' } }],
  ['conntrack -S', { action: 'stats' }],
  ['conntrack -C', { action: 'count' }],
  ['conntrack -E -e NEW', { action: 'events' }],
])('%s', (line, expected) => expect(conntrackCommand(line.split(' '))).toMatchObject(expected));

test.each(['conntrack -D -p udp', 'conntrack -F', 'ip -L'])('%s lists nothing', (line) =>
  expect(conntrackCommand(line.split(' '))).toBeUndefined(),
);

test.each([
  ['one flow', [CLUSTER_IP], 'conntrack'],
  ['a table that is empty', ['conntrack v1.4.6 (conntrack-tools): 0 flow entries have been shown.'], 'conntrack'],
  ['an event', [`    [NEW] ${CLUSTER_IP}`], 'conntrack-events'],
  ['the header of /proc/net/stat', ['entries  searched found new invalid ignore delete', '00000001'], 'proc-net-stat'],
])('%s is known by its content', (_, head, command) =>
  expect(recogniseFile(parsers, 'output', head)?.parser.command).toBe(command),
);

test('a hundred thousand flows are read in seconds', () => {
  const lines: string[] = [];
  for (let i = 0; i < 100_000; i++)
    lines.push(
      CLUSTER_IP.replaceAll('55802', String(1024 + (i % 60_000))).replaceAll('10.71.1.2', `10.71.${i >> 10}.2`),
    );
  const text = textFrom(lines.join('\n'));
  const before = process.cpuUsage();
  const { facts, gaps } = parseText(conntrack, text, 0, context);
  const { user, system } = process.cpuUsage(before);
  expect(gaps).toEqual([]);
  expect((facts[0] as ConntrackTableFact).flows.protocol).toHaveLength(100_000);
  expect((user + system) / 1000).toBeLessThan(4000);
});

test('what conntrack -D prints is not in the table any more', () => {
  const footer = 'conntrack v1.4.6 (conntrack-tools): 1 flow entries have been deleted.';
  const parsed = parseText(conntrack, textFrom(`${CLUSTER_IP}\n${footer}`), 0, context);
  expect(parsed.facts).toEqual([]);
  expect(parsed.incomplete?.completeness).toBe('filtered');
});

test("a vendor's own words behind an entry do not spoil it", () => {
  const line = `${MASQUERADED.replace('mark=0', '[FASTNAT] [RTCACHE o33/r37] mark=0 nmark=256')} slan attrs=`;
  expect(parseText(conntrack, textFrom(line), 0, context).gaps).toEqual([]);
});

test.each([
  ['1.4.6', '6', false],
  ['1.4.6', '4', true],
  ['1.4.7', '6', true],
])('version %s of the tool tells of IPv%s: %s', (version, family, covered) => {
  const footer = `conntrack v${version} (conntrack-tools): 1 flow entries have been shown.`;
  const parsed = parseText(conntrack, textFrom(`${CLUSTER_IP}\n${footer}`), 0, context);
  const capture = { command: 'conntrack', scope: {}, facts: parsed.facts } as unknown as PlacedCapture;
  expect(covers(capture, 'conntrack-table', { family })).toBe(covered);
});

test.each([
  ['a line of 1 MB', `tcp 6 1 ${'src=1 '.repeat(170_000)}`],
  ['brackets that never close', '[start='.repeat(100_000)],
  ['an element that never closes', `<flow><meta direction="original">${'<src>'.repeat(100_000)}`],
])('%s is a gap', (_, line) => expect(parseText(conntrack, textFrom(line), 0, context).gaps).toHaveLength(1));

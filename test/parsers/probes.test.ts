import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeText } from '../../src/capture/decode.js';
import { parseText } from '../../src/capture/parse.js';
import { headOf, recogniseFile, recogniseOutput } from '../../src/capture/recognise.js';
import { parsers } from '../../src/parsers/index.js';

/** Milliseconds of this process' own work: what else the machine does is not the parser's. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/*
 * What probes print seldom comes with its command line. Samples of these parsers must be known by their content; those below are of
 * forms that nothing but the command line tells from others.
 */
const PROBES = [
  'ab',
  'arping',
  'conntrack-events',
  'curl',
  'dig',
  'fping',
  'getent',
  'host',
  'hubble-observe',
  'iperf',
  'iperf3-json',
  'mtr',
  'mtr-json',
  'nc',
  'nslookup',
  'openssl-s-client',
  'ping',
  'resolvectl',
  'tcpdump',
  'telnet',
  'tracepath',
  'traceroute',
  'tshark',
  'wget',
];

const BY_COMMAND: readonly RegExp[] = [
  /^arping\/no-device$/,
  /^curl\/(?:body|head|meter|refused-api|write-out.*)$/,
  /^dig\/(?:bad-option|drill-timeout|no-server-address|short|identify)$/,
  /^fping\/times$/,
  /^getent\/localhost$/,
  /^host\/(?:connection-refused|no-server|old-timeout|timeout)$/,
  /^nc\/(?:openbsd-unresolved|traditional-unresolved)$/,
  /^nslookup\/(?:busybox-refused|busybox-timeout|connection-refused|reverse|timeout|unexpected-source)$/,
  /^ping\/(?:denied|no-route|unknown-name(?:-chinese)?)$/,
  /^resolvectl\/dns$/,
  /^tcpdump\/(?:denied|no-device)$/,
  /^telnet\/(?:busybox|unresolved)$/,
  /^traceroute\/unknown-name$/,
  /^tshark\/fields$/,
  /^wget\/quiet$/,
];

const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const samples = PROBES.flatMap((command) =>
  readdirSync(join(root, command))
    .filter((f) => f.endsWith('.txt'))
    .map((f) => ({ command, name: `${command}/${f.slice(0, -4)}` })),
);
const headFor = (name: string): readonly string[] =>
  headOf(decodeText(new Uint8Array(readFileSync(join(root, `${name}.txt`)))).text);

describe('recognised', () => {
  test.each(samples.filter(({ name }) => !BY_COMMAND.some((re) => re.test(name))))('$name by its content', (sample) => {
    expect(recogniseFile(parsers, 'output', headFor(sample.name))?.parser.command).toBe(sample.command);
  });

  test.each(samples.filter(({ name }) => existsSync(join(root, `${name}.cmd`))))('$name by its command', (sample) => {
    const argv = readFileSync(join(root, `${sample.name}.cmd`), 'utf8')
      .trim()
      .split(/\s+/);
    expect(recogniseOutput(parsers, argv, headFor(sample.name))?.parser.command).toBe(sample.command);
  });

  test('every exception is one', () => {
    const needless = samples.filter(
      ({ command, name }) =>
        BY_COMMAND.some((re) => re.test(name)) &&
        recogniseFile(parsers, 'output', headFor(name))?.parser.command === command,
    );
    expect(needless.map(({ name }) => name)).toEqual([]);
  });
});

/** Lines that make a careless pattern run away. */
const HOSTILE = [
  `${'a '.repeat(500_000)}`,
  `12:00:00.000000 IP ${'1.'.repeat(400_000)} > 2: ${'['.repeat(100_000)}`,
  `12:00:00.000000 IP (tos 0x0, ${'('.repeat(500_000)}`,
  `PING ${'('.repeat(500_000)}) 56(84) bytes of data.`,
  `64 bytes from ${':'.repeat(500_000)} icmp_seq=1`,
  `;; ->>HEADER<<- opcode: QUERY, status: ${'X'.repeat(500_000)}, id: 1`,
  `* Connected to ${'('.repeat(500_000)}`,
  `Connecting to ${'|'.repeat(500_000)}:80... failed`,
  ` 1  ${'* '.repeat(400_000)}`,
  ` 1  ${'1 ms '.repeat(200_000)}`,
  `    1 0.000000 ${'→ '.repeat(300_000)}`,
  `[NEW] tcp ${'src=1.1.1.1 dst=2.2.2.2 '.repeat(40_000)}`,
  `  ${'0 '.repeat(400_000)}* x`,
  `Nov 25 15:00:00.123: ${'a '.repeat(400_000)} FORWARDED`,
  `${' '.repeat(900_000)}x`,
  `${'\t'.repeat(900_000)}x`,
];

test.each(PROBES)('%s is done with a line of a megabyte at once', (command) => {
  const parser = parsers.find((p) => p.command === command);
  if (!parser) throw new Error(`no parser is called ${command}`);
  for (const line of HOSTILE) {
    const { text } = decodeText(new TextEncoder().encode(`${line}\n${line}\nx\n`));
    const before = cpu();
    parser.claims.sniff(headOf(text));
    const parsed = parseText(parser, text, 0, { argv: [], fileName: '', scope: {} });
    expect(parsed.crash).toBeUndefined();
    expect(cpu() - before).toBeLessThan(6000);
  }
});

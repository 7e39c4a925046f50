import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import { normaliseName, recogniseFile, recogniseOutput } from '../../src/capture/recognise.js';
import type { AnyFact } from '../../src/facts/index.js';
import { maskLength, type Parser, textFrom, textOf } from '../../src/kit/index.js';
import { parsers as all } from '../../src/parsers/index.js';
import { routeN } from '../../src/parsers/route-n.js';
import { subnetEnv } from '../../src/parsers/subnet-env.js';
import { sysctl } from '../../src/parsers/sysctl.js';

const samples = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const parsers: readonly Parser<AnyFact>[] = [routeN, subnetEnv, sysctl];

const run = (parser: Parser<AnyFact>, text: string, command = ''): ParsedText => {
  const argv = command === '' ? [] : command.split(' ');
  return parseText(parser, textFrom(text), 0, { argv, fileName: '', scope: {} });
};
const scopeOf = (parser: Parser<AnyFact>, command: string) => parser.claims.command?.(command.split(' '))?.scope;
const fieldsOf = (p: ParsedText): unknown[] => p.facts.map(({ at: _, ...fact }) => fact);
const lines = (text: string): string[] => text.split('\n');

describe.each(parsers.map((p) => [p.command, p] as const))('%s', (command, parser) => {
  const files = readdirSync(join(samples, command)).filter((f) => f.endsWith('.txt'));
  const bytes = files.map((f) => new Uint8Array(readFileSync(join(samples, command, f))));

  const holds = (b: Uint8Array): void => {
    const text = textOf(b);
    for (const argv of [[], ['sysctl', '-n', 'net.ipv4.ip_forward'], ['route', '-n', '-6']]) {
      const parsed = parseText(parser, text, 0, { argv, fileName: '', scope: {} });
      expect(parsed.crash).toBeUndefined();
      expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
      expect(parsed.gaps.length).toBe(parsed.tally.gaps);
    }
    parser.claims.sniff(Array.from({ length: Math.min(200, text.count) }, (_, i) => text.line(i)));
  };

  test('survives a cut anywhere', () => {
    for (const b of bytes) for (let end = 0; end < b.length; end += 37) holds(b.subarray(0, end));
  });

  test('survives changed bytes', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...bytes), damage, (b, changes) => {
        const copy = Uint8Array.from(b);
        for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
        holds(copy);
      }),
      { numRuns: 200 },
    );
  });

  test('survives any text', () => {
    const word = fc.oneof(
      fc.constantFrom('net.ipv4.conf..', '= ', ':', '/proc/sys/', 'FLANNEL_', '!', 'default '),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => holds(new TextEncoder().encode(words.join('')))),
    );
  });
});

describe('sysctl', () => {
  test('devices with dots have one name, however the tool writes them', () => {
    const forms = [
      'net.ipv4.conf.flannel/1.rp_filter = 2',
      'net.ipv4.conf.flannel.1.rp_filter=2',
      '/proc/sys/net/ipv4/conf/flannel.1/rp_filter:2',
      '/proc/sys/net/ipv4/conf/flannel.1/rp_filter = 2',
    ];
    for (const form of forms) {
      expect(fieldsOf(run(sysctl, form))).toContainEqual({
        kind: 'netconf',
        family: 4,
        scope: 'device',
        dev: 'flannel.1',
        key: 'rp_filter',
        value: 2,
      });
    }
  });

  test('a value without its key is one only when the command line has as many keys', () => {
    const keys = 'sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.rp_filter';
    expect(fieldsOf(run(sysctl, '1\n0\n', keys))).toContainEqual({
      kind: 'sysctl',
      key: 'net.ipv4.ip_forward',
      value: '1',
    });
    expect(run(sysctl, '1\n', keys).facts).toEqual([]);
    expect(run(sysctl, '1\n', 'cat /proc/sys/net/ipv4/ip_forward').facts).toHaveLength(1);
    expect(run(sysctl, '1\n', 'cat /proc/sys/net/ipv4/conf/*/forwarding').facts).toEqual([]);
  });

  test('says what was asked for, so that no absence is read out of it', () => {
    expect(scopeOf(sysctl, 'sysctl -a')).toBeUndefined();
    expect(sysctl.claims.command?.(['sysctl', '-a'])).toEqual({});
    expect(scopeOf(sysctl, 'sysctl net.ipv4.ip_forward')).toEqual({ key: 'net.ipv4.ip_forward' });
    expect(scopeOf(sysctl, 'sysctl -w net.ipv4.ip_forward=1')).toEqual({ key: 'net.ipv4.ip_forward' });
    expect(scopeOf(sysctl, 'sysctl -a -r rp_filter')).toEqual({ pattern: 'rp_filter' });
    expect(scopeOf(sysctl, 'sysctl --system')).toEqual({ source: 'configuration' });
    expect(sysctl.claims.command?.(['cat', '/etc/sysctl.conf'])).toBeUndefined();
  });

  test('a configuration file is no reading of the kernel', () => {
    const keys = Array.from({ length: 120 }, (_, i) => `net.ipv4.conf.eth${i}.rp_filter = 1`);
    expect(sysctl.claims.sniff(keys)).toBe(3);
    expect(sysctl.claims.sniff(['# kubernetes', ...keys])).toBe(0);
    expect(sysctl.claims.sniff(keys.slice(0, 5))).toBe(1);
    expect(sysctl.claims.file?.test(normaliseName('sysctl.conf'))).toBe(false);
    for (const name of ['sysctl_-a', 'sysctla', 'sysctl_all.txt', 'sysctl.log', 'sysctl--a.md'])
      expect(sysctl.claims.file?.test(normaliseName(name))).toBe(true);
  });
});

describe('subnet-env', () => {
  test('is read by any path, and claimed by its content alone', () => {
    expect(subnetEnv.claims.command?.(['cat', '/var/run//flannel//subnet.env'])).toEqual({});
    expect(subnetEnv.claims.command?.(['cat', '/etc/os-release'])).toBeUndefined();
    const text = 'FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\n';
    expect(recogniseFile(all, 'whatever', lines(text))?.parser.command).toBe('subnet-env');
  });

  test('keeps the host part of the subnet and clears that of the networks', () => {
    const text = 'FLANNEL_NETWORK=10.244.7.0/16\nFLANNEL_SUBNET=10.244.1.1/24\n';
    expect(fieldsOf(run(subnetEnv, text))).toEqual([
      {
        kind: 'subnet-env',
        networks: ['10.244.0.0/16'],
        subnet: '10.244.1.1/24',
        lines: { FLANNEL_NETWORK: 1, FLANNEL_SUBNET: 2 },
      },
    ]);
  });
});

describe('route-n', () => {
  const header = 'Kernel IP routing table\nDestination Gateway Genmask Flags Metric Ref Use Iface\n';

  test('is claimed for what prints a table, and by its header', () => {
    for (const c of ['route -n', 'route', 'netstat -rn', 'netstat -nr', 'netstat --route', 'busybox route -n'])
      expect(routeN.claims.command?.(c.split(' '))).toEqual({});
    expect(scopeOf(routeN, 'route -n -6')).toEqual({ family: '6' });
    expect(scopeOf(routeN, 'route -A inet6 -n')).toEqual({ family: '6' });
    for (const c of ['route add default gw 10.0.0.1', 'netstat -tlpn', 'netstat -i'])
      expect(routeN.claims.command?.(c.split(' '))).toBeUndefined();
    expect(recogniseOutput(all, [], lines(header))?.parser.command).toBe('route-n');
  });

  test('masks and names are gaps', () => {
    const rows = ['10.1.0.0 10.xx.x6.1 255.255.0.0 UG 0 0 0 eth0', 'default gateway 0.0.0.0 UG 0 0 0 eth0'];
    const parsed = run(routeN, header + rows.join('\n'));
    expect(parsed.facts).toEqual([]);
    expect(parsed.tally.gaps).toBe(2);
  });

  test('a netmask is one only without holes', () => {
    fc.assert(
      fc.property(fc.nat(32), (n) => {
        const value = n === 0 ? 0 : (0xffffffff << (32 - n)) >>> 0;
        const mask = [24, 16, 8, 0].map((s) => (value >>> s) & 255).join('.');
        expect(maskLength(mask)).toBe(n);
      }),
    );
    for (const hole of ['255.0.255.0', '0.0.0.255', '255.255.255.253', 'x']) expect(maskLength(hole)).toBeUndefined();
  });
});

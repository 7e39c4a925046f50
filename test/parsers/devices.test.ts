import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import { normaliseName } from '../../src/capture/recognise.js';
import { parseCommandLine } from '../../src/capture/shell.js';
import type { AnyFact, FactOf, Kind } from '../../src/facts/index.js';
import { type Parser, textFrom, textOf } from '../../src/kit/index.js';
import { parsers as all } from '../../src/parsers/index.js';

/** Milliseconds of this process' own work: what else the machine does is not the parser's. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const OWN =
  /^(?:arp|brctl-showstp|bridge-(?:link|mdb|vlan|vni)(?:-json)?|ethtool.*|ifconfig|ip-(?:addr|link|neigh)-brief|ip-(?:maddr|netns|nexthop|ntable|tcp-metrics|tunnel|vrf|xfrm-.*)(?:-json)?|networkctl|nmcli.*|tc-.*|wg-.*)$/;
const parsers = all.filter((p) => OWN.test(p.command));
const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');

function parserOf(command: string): Parser<AnyFact> {
  const parser = parsers.find((p) => p.command === command);
  if (!parser) throw new Error(`no parser ${command}`);
  return parser;
}

function read(command: string, text: string, line = '', fileName = ''): ParsedText {
  const parser = parserOf(command);
  const argv = line === '' ? [] : (parseCommandLine(line)?.argv ?? []);
  return parseText(parser, textFrom(text), 0, { argv, fileName, scope: parser.claims.command?.(argv)?.scope ?? {} });
}

const factsOf = <K extends Kind>(parsed: ParsedText, kind: K): readonly FactOf<K>[] =>
  parsed.facts.filter((f): f is FactOf<K> => f.kind === kind);

const claim = (line: string) => {
  const argv = parseCommandLine(line)?.argv ?? [];
  for (const { command, claims } of all) {
    const claimed = claims.command?.(argv);
    if (claimed) return [command, claimed.scope ?? {}, claimed.kinds] as const;
  }
  return undefined;
};

const samples = parsers.flatMap((parser) =>
  readdirSync(join(root, parser.command))
    .filter((file) => file.endsWith('.txt'))
    .map((file) => ({ parser, bytes: new Uint8Array(readFileSync(join(root, parser.command, file))) })),
);

function survives(parser: Parser<AnyFact>, bytes: Uint8Array): void {
  const text = textOf(bytes);
  const parsed = parseText(parser, text, 0, { argv: [], fileName: '', scope: {} });
  expect(parsed.crash).toBeUndefined();
  expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
  expect(parsed.gaps).toHaveLength(parsed.tally.gaps);
  parser.claims.sniff(Array.from({ length: Math.min(200, text.count) }, (_, i) => text.line(i)));
}

describe('damage', () => {
  test.each(parsers.map((p) => [p.command, p] as const))('%s survives its samples cut anywhere', (_, parser) => {
    for (const { bytes } of samples.filter((s) => s.parser === parser))
      for (let end = 0; end <= bytes.length; end += 61) survives(parser, bytes.subarray(0, end));
  });

  test('flipped bytes, and the output of another command', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.constantFrom(...parsers), flips, ({ bytes }, parser, changes) => {
        const broken = Uint8Array.from(bytes);
        for (const [where, value] of changes) broken[where % Math.max(1, broken.length)] = value;
        survives(parser, broken);
      }),
      { numRuns: 600 },
    );
  });

  test('long lines cost no more than they are long', () => {
    const starts = [
      '',
      'Settings for eth0:\n\t',
      'qdisc tbf 1: root ',
      '● 2: eth0\n  ',
      'eth0: flags=1<UP>  mtu 1\n   ',
      'eth0: connected\n\t',
    ];
    const runs = [
      'inet ',
      ' ',
      'a ',
      ':',
      '0',
      'a, ',
      'aa:',
      '[{"',
      'x: ',
      '(a) ',
      '\\ ',
      '10.0.0.0/8, ',
      'src a dst b ',
      'A B ',
      '\t',
    ];
    const started = cpu();
    for (const parser of parsers)
      for (const start of starts)
        for (const run of runs)
          survives(parser, new TextEncoder().encode(`${start}${run.repeat(300_000 / run.length)}\n`));
    expect(cpu() - started).toBeLessThan(60_000);
  });
});

describe('command lines', () => {
  test.each([
    ['ip -br a', 'ip-addr-brief', {}, undefined],
    ['ip -c -br -4 addr show dev eth0', 'ip-addr-brief', { family: '4', dev: 'eth0' }, undefined],
    ['ip --brief -d link show up', 'ip-link-brief', { up: '' }, undefined],
    ['ip -br n show 10.0.0.9', 'ip-neigh-brief', { address: '10.0.0.9' }, undefined],
    ['ip -j -br neigh', 'ip-neigh-json', {}, undefined],
    ['ip -br -j link', 'ip-link-json', {}, undefined],
    ['bridge link', 'bridge-link', {}, ['bridge-port']],
    ['bridge -d -j link show dev veth1', 'bridge-link-json', { dev: 'veth1' }, ['bridge-port']],
    ['/sbin/bridge -c vlan show', 'bridge-vlan', {}, undefined],
    ['bridge -compressvlans vlan tunnelshow dev vxlan0', 'bridge-vlan', { dev: 'vxlan0' }, undefined],
    ['bridge vlan global show', 'bridge-vlan', {}, undefined],
    ['bridge -s -d mdb show dev br0', 'bridge-mdb', { bridge: 'br0' }, undefined],
    ['ip netns', 'ip-netns', {}, undefined],
    ['ip netns list-id', 'ip-netns', {}, []],
    ['ip -6 tunnel show', 'ip-tunnel', {}, []],
    ['ip x s', 'ip-xfrm-state', {}, undefined],
    ['ip -d xfrm policy list', 'ip-xfrm-policy', {}, ['xfrm-policy']],
    ['ip xfrm policy getdefault', 'ip-xfrm-policy', {}, ['xfrm-default']],
    ['ip nexthop show dev eth0', 'ip-nexthop', { dev: 'eth0' }, undefined],
    ['ip -s nt', 'ip-ntable', {}, ['neigh-table']],
    ['arp -an -i eth0', 'arp', { dev: 'eth0' }, undefined],
    ['busybox arp -n', 'arp', {}, undefined],
    ['ifconfig -a', 'ifconfig', {}, ['link']],
    ['ifconfig', 'ifconfig', { up: '' }, ['link']],
    ['ethtool -k flannel.1', 'ethtool-features', { dev: 'flannel.1' }, undefined],
    ['ethtool --statistics eth0', 'ethtool-statistics', { dev: 'eth0' }, undefined],
    ['ethtool eth0', 'ethtool', { dev: 'eth0' }, undefined],
    ['ethtool -I --show-pause eth0', 'ethtool-parameters', { dev: 'eth0' }, []],
    ['wg', 'wg-show', {}, undefined],
    ['wg show wg0', 'wg-show', { dev: 'wg0' }, undefined],
    ['wg show all dump', 'wg-show-dump', {}, undefined],
    ['tc -s -d q ls dev eth0', 'tc-qdisc', { dev: 'eth0' }, undefined],
    ['tc filter show dev eth0 ingress', 'tc-filter', { dev: 'eth0', parent: 'ingress' }, undefined],
    ['networkctl', 'networkctl', {}, ['managed-device']],
    ['networkctl status', 'networkctl', {}, []],
    ['networkctl status -a', 'networkctl', {}, ['managed-device']],
    ['nmcli', 'nmcli', {}, ['managed-device']],
    ['nmcli d', 'nmcli-device', {}, undefined],
    ['nmcli -f all dev status', 'nmcli-device', {}, undefined],
    ['nmcli dev show eth0', 'nmcli-show', { dev: 'eth0' }, ['managed-device']],
    ['nmcli c s', 'nmcli-tables', {}, undefined],
    ['nmcli con show eth0', 'nmcli-show', {}, []],
    ['nmcli g permissions', 'nmcli-tables', {}, undefined],
  ])('%s', (line, command, scope, kinds) => {
    expect(claim(line)).toEqual([command, scope, kinds]);
  });

  test.each([
    'arp -d 10.0.0.1',
    'arp -s 10.0.0.1 52:54:00:12:35:02',
    'bridge vlan add dev eth0 vid 10',
    'ifconfig eth0 up',
    'ip netns add blue',
    'ip netns exec blue',
    'ip xfrm monitor',
    'networkctl reload',
    'nmcli con up eth0',
    'tc qdisc add dev eth0 root tbf',
    'wg genkey',
    'wg set wg0 peer x remove',
  ])('%s lists nothing', (line) => {
    const argv = parseCommandLine(line)?.argv ?? line.split(' ');
    for (const { command, claims } of parsers) expect([command, claims.command?.(argv)]).toEqual([command, undefined]);
  });
});

describe('file names', () => {
  test.each([
    ['ip_-br_addr', 'ip-addr-brief'],
    ['bridge_-d_vlan_show', 'bridge-vlan'],
    ['bridge-link.txt', 'bridge-link'],
    ['ip_maddr_show', 'ip-maddr'],
    ['ip-maddress', 'ip-maddr'],
    ['ip-ntable', 'ip-ntable'],
    ['ip-tcp_metrics', 'ip-tcp-metrics'],
    ['ip-xfrm-state', 'ip-xfrm-state'],
    ['ip-xfrm-policy.md', 'ip-xfrm-policy'],
    ['ip-xfrm-policy-default.txt', 'ip-xfrm-policy'],
    ['ip_netns', 'ip-netns'],
    ['ip_-s_tunnel', 'ip-tunnel'],
    ['ifconfiga', 'ifconfig'],
    ['ifconfig_-a', 'ifconfig'],
    ['arp_-an', 'arp'],
    ['arp-a.txt', 'arp'],
    ['ethtool_eth0', 'ethtool'],
    ['ethtool_-k_eth0', 'ethtool-features'],
    ['ethtool_-i_eth0', 'ethtool-driver'],
    ['ethtool_-S_eth0', 'ethtool-statistics'],
    ['ethtool_-g_eth0', 'ethtool-parameters'],
    ['tc_-s_qdisc_show', 'tc-qdisc'],
    ['tc-qdisc.txt', 'tc-qdisc'],
    ['networkctl_status_-a', 'networkctl'],
    ['nmcli_con', 'nmcli-tables'],
    ['nmcli_dev', 'nmcli-device'],
    ['nmcli_dev_show_eth0', 'nmcli-show'],
    ['nmcli_con_show_id_eth0', 'nmcli-show'],
    ['nmcli_general_status', 'nmcli-tables'],
  ])('%s', (file, command) => {
    const name = normaliseName(file);
    expect(parsers.filter((p) => p.claims.file?.test(name)).map((p) => p.command)).toContain(command);
  });

  test('a command in a namespace is not the namespace list', () => {
    expect(parserOf('ip-netns').claims.file?.test(normaliseName('ip_netns_exec_blue_ip_addr'))).toBe(false);
  });
});

describe('meaning', () => {
  test('the device of outputs that do not say it', () => {
    const driver = 'driver: veth\nversion: 1.0\nfirmware-version: \nbus-info: \n';
    const dev = (parsed: ParsedText) => factsOf(parsed, 'ethtool-driver')[0]?.dev;
    expect(dev(read('ethtool-driver', driver, 'ethtool -i veth1'))).toBe('veth1');
    expect(dev(read('ethtool-driver', driver, '', 'ethtool_-i_veth1'))).toBe('veth1');
    expect(dev(read('ethtool-driver', driver, '', 'driver.txt'))).toBeUndefined();
  });

  test('counters that tell nothing are known and no facts', () => {
    const parsed = read(
      'ethtool-statistics',
      'NIC statistics:\n     rx_packets: 7\n     rx_dropped: 0\n     rx_dropped_q1: 3\n',
    );
    expect(factsOf(parsed, 'ethtool-stat').map((f) => [f.name, f.value])).toEqual([['rx_dropped_q1', 3]]);
    expect(parsed.gaps).toEqual([]);
  });

  test('ports are told by `ip -d link` as by `bridge -d link`', () => {
    const ip = all.find((p) => p.command === 'ip-link');
    const text =
      '4: veth1@if2: <BROADCAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master cni0 state UP mode DEFAULT group default \n' +
      '    link/ether a6:a8:d9:08:0a:82 brd ff:ff:ff:ff:ff:ff promiscuity 1 minmtu 68 maxmtu 65535 \n' +
      '    veth \n' +
      '    bridge_slave state forwarding priority 32 cost 2 hairpin on guard off isolated off addrgenmode eui64 \n';
    const parsed = ip && parseText(ip, textFrom(text), 0, { argv: [], fileName: '', scope: {} });
    const bridge = read(
      'bridge-link',
      '4: veth1@if2: <BROADCAST,UP,LOWER_UP> mtu 1450 master cni0 state forwarding priority 32 cost 2 \n' +
        '    hairpin on guard off isolated off \n',
    );
    const port = (p: ParsedText | undefined) => p && factsOf(p, 'bridge-port').map(({ at: _, ...rest }) => rest);
    expect(port(parsed)).toEqual(port(bridge));
    expect(port(bridge)).toEqual([
      {
        kind: 'bridge-port',
        dev: 'veth1',
        bridge: 'cni0',
        state: 'forwarding',
        priority: 32,
        cost: 2,
        switches: { hairpin: true, guard: false, isolated: false },
      },
    ]);
    expect(parsed?.kinds).toBeUndefined();
  });

  test('without `-d`, and from an `ip` that prints no slaves, there is no listing of ports', () => {
    const ip = all.find((p) => p.command === 'ip-link');
    const kinds = (text: string) => ip && parseText(ip, textFrom(text), 0, { argv: [], fileName: '', scope: {} }).kinds;
    const head =
      '4: veth1: <UP> mtu 1450 qdisc noqueue master cni0 state UP mode DEFAULT \n    link/ether a6:a8:d9:08:0a:82 brd ff:ff:ff:ff:ff:ff';
    expect(kinds(`${head}\n`)).toEqual(['link']);
    expect(kinds(`${head} promiscuity 1 \n    veth \n`)).toEqual(['link']);
  });

  test('one family of `ip -br addr` is no full listing', () => {
    const both = 'lo UNKNOWN 127.0.0.1/8 ::1/128 \n';
    expect(read('ip-addr-brief', both).incomplete).toBeUndefined();
    expect(read('ip-addr-brief', 'lo UNKNOWN 127.0.0.1/8 \n').incomplete?.completeness).toBe('filtered');
    expect(read('ip-addr-brief', 'lo UNKNOWN 127.0.0.1/8 \n', 'ip -4 -br a').incomplete).toBeUndefined();
  });

  test('a secret is no part of a fact', () => {
    const secret = 'YNqHbfBQKaGvzefSSbufuIYEmyGPZQvIzMyVXBHxrXk=';
    const key = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
    const shown = read(
      'wg-show',
      `interface: wg0\n  public key: ${key}\n  private key: ${secret}\n  listening port: 1\n\npeer: ${key}\n  preshared key: ${secret}\n  allowed ips: 10.0.0.0/8\n`,
    );
    const dump = read(
      'wg-show-dump',
      `wg0\t${secret}\t${key}\t1\toff\nwg0\t${key}\t${secret}\t(none)\t10.0.0.0/8\t0\t0\t0\toff\n`,
    );
    const xfrm = read(
      'ip-xfrm-state',
      'src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x01 reqid 1 mode tunnel\n\tenc cbc(aes) 0xdeadbeefdeadbeef\n',
    );
    for (const parsed of [shown, dump, xfrm]) {
      expect(parsed.facts.length).toBeGreaterThan(0);
      expect(parsed.gaps).toEqual([]);
      expect(JSON.stringify(parsed.facts)).not.toMatch(/YNqHbfBQ|deadbeef/);
    }
  });

  test('who configures a device', () => {
    const rows = read(
      'nmcli-device',
      'DEVICE  TYPE      STATE                   CONNECTION\neth0    ethernet  connected               eth0\ncni0    bridge    connected (externally)  cni0\nlo      loopback  unmanaged               --\n',
    );
    expect(factsOf(rows, 'managed-device').map((f) => [f.dev, f.managed])).toEqual([
      ['eth0', true],
      ['cni0', false],
      ['lo', false],
    ]);
  });
});

import fc from 'fast-check';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import { parseCommandLine } from '../../src/capture/shell.js';
import type { AnyFact, ConnectionsFact, SocketFact } from '../../src/facts/index.js';
import { type Parser, textFrom } from '../../src/kit/index.js';
import { netstat } from '../../src/parsers/netstat.js';
import { netstatI } from '../../src/parsers/netstat-i.js';
import { netstatS } from '../../src/parsers/netstat-s.js';
import { nstat } from '../../src/parsers/nstat.js';
import { procNetSockets } from '../../src/parsers/proc-net-sockets.js';
import { routeN } from '../../src/parsers/route-n.js';
import { endpointOf } from '../../src/parsers/socket/endpoint.js';
import { ss } from '../../src/parsers/ss.js';

const run = (parser: Parser<AnyFact>, text: string, command = '', fileName = ''): ParsedText =>
  parseText(parser, textFrom(text), 0, {
    argv: command === '' ? [] : command.split(' '),
    fileName,
    scope: {},
  });
const sockets = (p: ParsedText): SocketFact[] => p.facts.filter((f): f is SocketFact => f.kind === 'socket');
const connections = (p: ParsedText): ConnectionsFact[] =>
  p.facts.filter((f): f is ConnectionsFact => f.kind === 'connections');

describe('endpoints', () => {
  test.each([
    ['127.0.0.53%lo:53', { family: 4, address: '127.0.0.53', port: 53, dev: 'lo' }],
    ['[fe80::1]%eth0:22', { family: 6, address: 'fe80::1', port: 22, dev: 'eth0' }],
    ['[FE80::1%eth0]:22', { family: 6, address: 'fe80::1', port: 22, dev: 'eth0' }],
    [':::111', { family: 6, address: '::', port: 111 }],
    ['::ffff:10.0.0.1:80', { family: 4, address: '10.0.0.1', port: 80 }],
    ['[::ffff:10.0.0.1]:80', { family: 4, address: '10.0.0.1', port: 80 }],
    ['*:*', { address: '*', port: 0 }],
    ['localhost:smtp', { port: 25, service: 'smtp' }],
    ['node-1:an-odd-name', { service: 'an-odd-name' }],
    ['10.0.0.1:65536', { family: 4, address: '10.0.0.1' }],
    ['10.xx.x6.112:22', 'masked'],
    ['xxx.xxx.xxx.xxx:443', 'masked'],
    ['***HIDDEN***:443', 'masked'],
    ['x-ipv4-0000000001-x:443', 'masked'],
    ['kernel', undefined],
    [':53', undefined],
    ['10.0.0.1:', undefined],
    ['a b:53', undefined],
  ])('%s', (text, expected) => expect(endpointOf(text, 'tcp')).toEqual(expected));

  test('an address of IPv6 that may be cut is none', () => {
    expect(endpointOf('fe80::250:56ff:fe9a:443', 'tcp', true)).toEqual({ family: 6, port: 443 });
    // Too few groups: what is printed can be no address at all.
    expect(endpointOf('2001:db8:0:1:250:56:443', 'tcp', true)).toEqual({ family: 6, port: 443 });
    expect(endpointOf('10.0.0.1:443', 'tcp', true)).toEqual({ family: 4, address: '10.0.0.1', port: 443 });
  });

  test('a raw socket has a protocol in the place of a port', () => {
    expect(endpointOf('0.0.0.0:icmp', 'raw')).toMatchObject({ port: 1 });
    expect(endpointOf('0.0.0.0:icmp', 'tcp')).not.toHaveProperty('port');
  });
});

describe('ss', () => {
  const claim = (line: string) => ss.claims.command?.(line.split(' '));

  test.each([
    ['ss', { scope: {}, kinds: ['connections'] }],
    ['ss -a', { scope: {}, kinds: ['socket', 'connections'] }],
    ['ss -lntup', { scope: { protocol: 'tcp udp' }, kinds: ['socket'] }],
    ['ss -tn6', { scope: { protocol: 'tcp', family: '6' }, kinds: ['connections'] }],
    ['ss -A udp,raw -a', { scope: { protocol: 'udp raw' }, kinds: ['socket', 'connections'] }],
    ['ss -f inet6 -l', { scope: { family: '6' }, kinds: ['socket'] }],
    ['ss --listening --tcp', { scope: { protocol: 'tcp' }, kinds: ['socket'] }],
    ['ss -x', { kinds: [] }],
    ['ss -s', { kinds: ['socket-usage'] }],
    [
      'ss -tn state syn-sent',
      { scope: { protocol: 'tcp', filter: 'state syn-sent' }, kinds: ['socket', 'connections'] },
    ],
    ['ss -V', undefined],
    ['sss -l', undefined],
  ])('%s', (line, expected) => expect(claim(line)).toEqual(expected));

  test('another namespace is another place', () => {
    const line = parseCommandLine('ss -N blue -lnt');
    expect(line?.wrappers).toEqual([{ kind: 'netns', name: 'blue' }]);
    expect(line?.argv).toEqual(['ss', '-lnt']);
    expect(parseCommandLine('ss --net=blue -a')?.argv).toEqual(['ss', '-a']);
  });

  test('names with blanks and brackets are whole, and each stands once', () => {
    const row =
      'tcp LISTEN 0 128 0.0.0.0:80 0.0.0.0:* users:(("nginx: worker (1)",pid=7,fd=6),("nginx: worker (1)",pid=8,fd=6),("sh",9,6))';
    expect(sockets(run(ss, row))[0]?.processes).toEqual(['nginx: worker (1)', 'sh']);
  });

  test('a listener that no column calls one', () => {
    const text =
      'Recv-Q Send-Q Local Address:Port Peer Address:Port\n0 128 0.0.0.0:22 0.0.0.0:*\n0 0 10.0.0.1:22 10.0.0.9:50000\n';
    const parsed = run(ss, text, 'ss -tan');
    expect(sockets(parsed).map((s) => s.state)).toEqual(['LISTEN']);
    expect(connections(parsed).map((c) => c.state)).toEqual([['ESTAB']]);
  });

  test("a file's name tells what was asked for", () => {
    const text = 'State Recv-Q Send-Q Local Address:Port Peer Address:Port\nUNCONN 0 0 0.0.0.0:112 0.0.0.0:*\n';
    expect(sockets(run(ss, text, '', 'ss_-wan'))[0]?.protocol).toBe('raw');
    expect(sockets(run(ss, text, '', 'sswapn'))[0]?.protocol).toBe('raw');
    expect(run(ss, text, '', 'ss_-wan').incomplete?.completeness).toBe('filtered');
  });

  test('a listing of unknown origin with one protocol only may have been asked for no more', () => {
    const tcp = 'Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port\ntcp LISTEN 0 9 0.0.0.0:22 0.0.0.0:*\n';
    expect(run(ss, tcp).incomplete?.completeness).toBe('filtered');
    expect(run(ss, `${tcp}udp UNCONN 0 0 0.0.0.0:53 0.0.0.0:*\n`).incomplete).toBeUndefined();
  });

  test.each([
    ['ss-listen', '-lntup'],
    ['ss-tlnp', '-tlnp'],
    ['ss', ''],
  ])('a file called %s says what ss %s would', (name, options) => {
    const words = ['ss', ...(options === '' ? [] : [options])];
    expect(ss.claims.named?.(name)).toEqual(ss.claims.command?.(words));
  });

  test('a hundred thousand connections are one fact', () => {
    const rows = Array.from(
      { length: 100_000 },
      (_, i) => `ESTAB 0 ${i % 2} 10.0.0.1:443 10.1.${(i >> 8) & 255}.${i & 255}:${1024 + (i % 60_000)}`,
    );
    const parsed = run(ss, `State Recv-Q Send-Q Local Address:Port Peer Address:Port\n${rows.join('\n')}\n`, 'ss -tn');
    expect(parsed.facts).toHaveLength(1);
    const [fact] = connections(parsed);
    expect(fact?.peer).toHaveLength(100_000);
    expect(fact?.lines[99_999]).toBe(100_001);
    expect(fact?.sendQ[99_999]).toBe(1);
    expect(fact?.sendQ[0]).toBeUndefined();
  });
});

describe('netstat', () => {
  const parserOf = (line: string) =>
    [netstat, netstatI, netstatS, routeN].filter((p) => p.claims.command?.(line.split(' '))).map((p) => p.command);

  test.each([
    ['netstat -lnpu', ['netstat']],
    ['netstat -W -neopa', ['netstat']],
    ['netstat', ['netstat']],
    ['netstat -rn', ['route-n']],
    ['netstat --route', ['route-n']],
    ['netstat -ie', ['netstat-i']],
    ['netstat -su', ['netstat-s']],
    ['netstat --statistics', ['netstat-s']],
    ['netstat -g', []],
    ['netstat -V', []],
  ])('%s', (line, expected) => expect(parserOf(line)).toEqual(expected));

  test("a listener's queue is no limit", () => {
    const listener = sockets(run(netstat, 'tcp 3 0 0.0.0.0:80 0.0.0.0:* LISTEN 7/nginx: master\n'))[0];
    expect(listener).toMatchObject({ recvQ: 3, processes: ['nginx'] });
    expect(listener).not.toHaveProperty('sendQ');
  });

  test('addresses that are 23 characters long with their port may be cut', () => {
    const row = 'tcp6 0 0 2001:db8::10:0:11:10250 2001:db8::10:0:12:44100 ESTABLISHED -\n';
    expect(connections(run(netstat, row, 'netstat -an'))[0]?.local).toEqual(['']);
    expect(connections(run(netstat, row, 'netstat -Wan'))[0]?.local).toEqual(['2001:db8::10:0:11']);
    expect(connections(run(netstat, row, '', 'netstat_-W_-neopa'))[0]?.local).toEqual(['2001:db8::10:0:11']);
  });

  test('the title says which sockets are listed', () => {
    const title = (which: string) => run(netstat, `Active Internet connections (${which})\n`).kinds;
    expect(title('only servers')).toEqual(['socket']);
    expect(title('w/o servers')).toEqual(['connections']);
    expect(title('servers and established')).toBeUndefined();
  });
});

describe('/proc/net', () => {
  const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const row = (local: string, state: string) =>
    `   0: ${local}:0035 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000   101        0 34000 1\n`;

  test('the order of the bytes is told by the loopback address', () => {
    const at = (text: string) => sockets(run(procNetSockets, HEADER + text)).map((s) => s.address);
    expect(at(row('0100007F', '0A') + row('0B00010A', '0A'))).toEqual(['127.0.0.1', '10.1.0.11']);
    expect(at(row('7F000001', '0A') + row('0A01000B', '0A'))).toEqual(['127.0.0.1', '10.1.0.11']);
  });

  test('the name of the file says the protocol', () => {
    const of = (name: string) => sockets(run(procNetSockets, HEADER + row('0100007F', '07'), '', name))[0]?.protocol;
    expect([of('udp'), of('raw6'), of('proc_net_udplite.txt'), of('')]).toEqual(['udp', 'raw', 'udplite', 'tcp']);
  });
});

describe('counters', () => {
  test('nstat without -a prints what came since its last run', () => {
    const increments = (command: string, name = '') =>
      run(nstat, '#kernel\nIpInReceives                    5                  0.0\n', command, name).facts.map(
        (f) => (f as { increment?: true }).increment === true,
      );
    expect(increments('nstat')).toEqual([true]);
    expect(increments('nstat -az')).toEqual([false]);
    expect(increments('', 'nstat')).toEqual([true]);
    expect(increments('', 'nstat_-zas')).toEqual([false]);
    expect(increments('cat /proc/net/snmp6')).toEqual([false]);
  });

  test('sentences alone name a counter only where one protocol has them', () => {
    const names = (text: string) => run(netstatS, text).facts.map((f) => (f as { name?: string }).name);
    expect(names('    7 segments retransmitted\n')).toEqual(['TcpRetransSegs']);
    expect(names('    7 packets received\n')).toEqual([]);
    expect(names('Udp:\n    7 packets received\n')).toEqual(['UdpInDatagrams']);
    expect(names('Udp6:\n    7 packets received\n    Udp6IgnoredMulti: 3\n')).toEqual([
      'Udp6InDatagrams',
      'Udp6IgnoredMulti',
    ]);
  });

  test('echo replies are counted by their direction', () => {
    const text =
      'Icmp:\n    ICMP input histogram:\n        echo replies: 2\n    ICMP output histogram:\n        echo replies: 3\n';
    expect(run(netstatS, text).facts).toMatchObject([
      { name: 'IcmpInEchoReps', value: 2 },
      { name: 'IcmpOutEchoReps', value: 3 },
    ]);
  });
});

test('no text makes them throw or lose a line', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'tcp',
      'udp',
      'LISTEN',
      'ESTAB',
      '0',
      '128',
      '*:*',
      '10.0.0.1:80',
      '[::]:22',
      'users:(("x",pid=1',
      '`-',
    ),
    fc.constantFrom(
      'Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port',
      'unix 2 [ ]',
      '\t skmem:(r0',
      'Tcp:',
    ),
    fc.string({ maxLength: 12 }),
  );
  const line = fc.array(word, { maxLength: 9 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = textFrom(lines.join('\n').replaceAll('\r', ''));
      for (const parser of [ss, netstat, netstatI, netstatS, nstat, procNetSockets] as readonly Parser<AnyFact>[]) {
        const parsed = parseText(parser, text, 0, { argv: [], fileName: '', scope: {} });
        expect(parsed.crash).toBeUndefined();
        expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
        expect(parsed.gaps.length).toBe(parsed.tally.gaps);
      }
    }),
    { numRuns: 300 },
  );
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import type { AnyFact, ComponentLogFact, KernelLogFact } from '../../src/facts/index.js';
import { type CaptureContext, lineOf, type Parser, textFrom, textOf } from '../../src/kit/index.js';
import { dmesg } from '../../src/parsers/dmesg.js';
import { journal } from '../../src/parsers/journal.js';
import { calicoSignatures } from '../../src/parsers/log/calico.js';
import { componentSignatures } from '../../src/parsers/log/components.js';
import { flannelSignatures } from '../../src/parsers/log/flannel.js';
import { genericSignatures } from '../../src/parsers/log/generic.js';
import { kernelSignatures } from '../../src/parsers/log/kernel.js';
import { kubeletSignatures } from '../../src/parsers/log/kubelet.js';
import { findNeedles, needleTable } from '../../src/parsers/log/needles.js';
import { ping } from '../../src/parsers/ping.js';
import { tcpdump } from '../../src/parsers/tcpdump.js';

const samples = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const parsers: readonly Parser<AnyFact>[] = [dmesg, journal, ping, tcpdump];

const context = (command = '', fileName = ''): CaptureContext => {
  const argv = command === '' ? [] : command.split(' ');
  return { argv, fileName, scope: (argv.length > 0 && journal.claims.command?.(argv)?.scope) || {} };
};
const read = (text: string, command = '', fileName = ''): ParsedText =>
  parseText(journal, textFrom(text), 0, context(command, fileName));
const kinds = (p: ParsedText): string[] => p.facts.map((f) => f.kind);

describe.each(parsers.map((p) => [p.command, p] as const))('%s', (command, parser) => {
  const files = readdirSync(join(samples, command)).filter((f) => f.endsWith('.txt'));
  const bytes = files.map((f) => new Uint8Array(readFileSync(join(samples, command, f))));

  const holds = (b: Uint8Array): void => {
    const text = textOf(b);
    for (const c of ['', 'kubectl logs kube-flannel-ds-x', 'journalctl -u flanneld', 'tcpdump -i any']) {
      const parsed = parseText(parser, text, 0, context(c));
      expect(parsed.crash).toBeUndefined();
      expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
      expect(parsed.gaps.length).toBe(parsed.tally.gaps);
    }
    const head = Array.from({ length: Math.min(200, text.count) }, (_, i) => text.line(i));
    expect([0, 1, 2, 3]).toContain(parser.claims.sniff(head));
  };

  test('survives every sample cut anywhere', () => {
    for (const b of bytes) {
      const step = Math.max(37, b.length >> 6);
      for (let end = 0; end < b.length; end += step) holds(b.subarray(0, end));
    }
  });

  test('survives flipped bytes and any others', () => {
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 40 }),
        (i, flips) => {
          const b = Uint8Array.from(bytes[i] ?? []);
          for (const [at, value] of flips) b[at % Math.max(1, b.length)] = value;
          holds(b);
        },
      ),
      { numRuns: 60 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), holds), { numRuns: 60 });
  });

  test('claims its samples by their text, and no other parser claims them more', () => {
    for (const [i, b] of bytes.entries()) {
      const head = new TextDecoder().decode(b).split('\n').slice(0, 200);
      const own = parser.claims.sniff(head);
      const others = parsers.filter((p) => p !== parser).map((p) => p.claims.sniff(head));
      expect({ file: files[i], stronger: others.some((o) => o > own) }).toEqual({ file: files[i], stronger: false });
    }
  });
});

describe('what counts as a log line', () => {
  test.each([
    ['prose that quotes a log', 'We saw "neighbour: arp_cache: neighbor table overflow!" and tcp_tw_recycle was on.'],
    ['speech', '00:41:38 [W] kernel: nf_conntrack: table full, dropping packet'],
    ['a shell comment', '# Using interface with name eth0 and address 10.0.2.15'],
    ['Go source', 'log.Infof("Using interface with name %s and address %s", iface.Name, ifaceAddr)'],
    ['YAML', 'message: "dial tcp 10.96.0.1:443: i/o timeout"'],
  ])('%s yields nothing', (_, line) => {
    expect(kinds(read(line))).toEqual([]);
    expect(journal.claims.sniff([line, line, line])).toBe(0);
  });

  test('a program that quotes the kernel is not the kernel', () => {
    const line = (tag: string) => `Jan 23 16:55:06 node-1 ${tag}: neighbour: arp_cache: neighbor table overflow!`;
    expect(kinds(read(line('logger[77]')))).toEqual(['hostname', 'log-span']);
    expect(kinds(read(line('kernel')))).toEqual(['hostname', 'kernel-log', 'log-span']);
  });

  test('a component that quotes flannel is not flannel', () => {
    const quoted = 'Jan 23 16:55:06 node-1 bash[9]: echo "Using interface with name ens4 and address 10.162.0.7"';
    expect(kinds(read(quoted))).toEqual(['hostname', 'log-span']);
  });

  test('text without any head counts where command or file name says what it is', () => {
    const text = 'Using interface with name enp0s3 and address 10.0.2.15';
    expect(kinds(read(text))).toEqual([]);
    for (const command of [
      'kubectl logs -n kube-system kube-flannel-ds-zzkf7',
      'docker logs k8s_kube-flannel_x',
      'journalctl -u flanneld',
      'journalctl -u flanneld -o cat',
    ]) {
      expect([command, kinds(read(text, command)).includes('flannel-log')]).toEqual([command, true]);
    }
    for (const name of ['flanneld.log', 'k8s-logs-kube-system-kube-flannel-ds-zzkf7-kube-flannel']) {
      expect([name, kinds(read(text, '', name)).includes('flannel-log')]).toEqual([name, true]);
    }
  });

  test('a masked address is a gap', () => {
    const parsed = read(
      'I0719 14:29:39.112233       1 match.go:263] Using interface with name eth0 and address 10.xx.x6.112',
    );
    expect(kinds(parsed)).toEqual([]);
    expect(parsed.gaps).toHaveLength(1);
  });
});

describe('time', () => {
  const line = 'Jan 01 00:00:03 node-1 kernel: nf_conntrack: table full, dropping packet';
  const stamp = (text: string) => {
    const fact = read(text).facts.find((f) => f.kind === 'kernel-log');
    return fact && 'event' in fact ? JSON.parse(JSON.stringify(fact)) : undefined;
  };
  const header = (from: string, to: string) => `-- Logs begin at ${from}, end at ${to}. --\n${line}\n`;

  test('the year comes from the header, over the turn of the year too', () => {
    expect(stamp(header('Mon 2019-12-30 23:58:01 UTC', 'Wed 2020-01-01 00:26:05 UTC'))?.time).toBe(1577836803);
  });
  test.each([
    ['no header', `${line}\n`, '01-01'],
    ['more than a year of journal', header('Mon 2017-12-30 23:58:01 UTC', 'Wed 2020-01-01 00:26:05 UTC'), '01-01'],
    ['a zone by letters', header('Mon 2019-12-30 23:58:01 CET', 'Wed 2020-01-01 00:26:05 CET'), '2020-01-01'],
  ])('%s leaves the time open', (_, text, dated) => {
    const s = stamp(text);
    expect([s?.time, s?.clock, s?.dated]).toEqual([undefined, 3, dated]);
  });
});

describe('commands', () => {
  test.each([
    ['journalctl -u flanneld', { unit: 'flanneld' }],
    ['journalctl -fu kubelet', { unit: 'kubelet', lines: '10' }],
    ['journalctl --unit=docker --since yesterday -n 50', { unit: 'docker', since: 'yesterday', lines: '50' }],
    ['journalctl -k -p err', { unit: 'kernel', priority: 'err' }],
    [
      'kubectl -n kube-system logs kube-flannel-ds-zzkf7 -c kube-flannel',
      { pod: 'kube-flannel-ds-zzkf7', container: 'kube-flannel' },
    ],
    ['journalctl -o json', {}],
    ['journalctl -b -u kubelet', { unit: 'kubelet' }],
    ['journalctl -b -1 -k', { unit: 'kernel', boot: '-1' }],
    ['journalctl -m -u flanneld', { unit: 'flanneld' }],
    ['journalctl _SYSTEMD_UNIT=kubelet.service', { unit: 'kubelet.service' }],
    ['journalctl --disk-usage', { lines: '0' }],
    ['kubectl logs pod/coredns-x --tail=20', { pod: 'coredns-x', lines: '20' }],
    ['docker logs --tail 5 3fa1', { container: '3fa1', lines: '5' }],
    ['tail -n 200 /var/log/kern.log', { lines: '200' }],
    ['cat /var/log/syslog', {}],
    ['zcat flanneld.log.1.gz', {}],
    ['head /var/log/pods/kube-flannel_x/kube-flannel/0.log', { lines: '10' }],
  ])('%s', (command, scope) => {
    expect(journal.claims.command?.(command.split(' '))).toEqual({ scope });
  });
  test.each([
    'journalctl --list-boots',
    'kubectl get pods',
    'cat /etc/hosts',
    'cat /var/log/nginx/access.log',
    'docker ps',
  ])('%s is not a log', (command) => {
    expect(journal.claims.command?.(command.split(' '))).toBeUndefined();
  });
});

test('the needle table finds what indexOf finds', () => {
  const word = fc.stringMatching(/^[abN ]{1,4}$/);
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 6 }),
      fc.stringMatching(/^[abnN c]{0,40}$/),
      (needles, hay) => {
        const found = new Set<number>();
        const bytes = new TextEncoder().encode(hay);
        findNeedles(needleTable(needles), bytes, 0, bytes.length, found);
        const wanted = needles.flatMap((n, i) => (hay.toLowerCase().includes(n.toLowerCase()) ? [i] : []));
        expect([...found].sort((a, b) => a - b)).toEqual(wanted);
      },
    ),
  );
});

test('tunnels without end are cut', () => {
  const line = `12:00:00.123456 IP ${'10.0.0.1 > 10.0.0.2: IP '.repeat(50_000)}`;
  const parsed = parseText(tcpdump, textFrom(line), 0, context());
  expect([parsed.crash, parsed.facts.length]).toEqual([undefined, 1]);
});

describe('a line repeated for days', () => {
  const line = (n: number, what: string) => `Jan 23 16:55:${String(n % 60).padStart(2, '0')} node-1 kernel: ${what}\n`;
  const events = (p: ParsedText) => p.facts.filter((f): f is KernelLogFact => f.kind === 'kernel-log');

  test('is kept a hundred times, and once for all others', () => {
    const text = Array.from({ length: 10_050 }, (_, n) => line(n, 'neighbour: arp_cache: neighbor table overflow!'));
    const parsed = read(text.join(''));
    const found = events(parsed);
    expect(found).toHaveLength(101);
    expect(found.slice(-1).map((f) => [f.repeats, lineOf(f.at)])).toEqual([[9_949, 10_050]]);
    expect(found.length + found.reduce((n, f) => n + (f.repeats ?? 0), 0)).toBe(10_050);
    expect(parsed.tally).toEqual({ facts: 10_050, noise: 0, gaps: 0 });
    expect(parsed.incomplete).toBeUndefined();
  });

  test('facts stay in the order of their lines', () => {
    const text = Array.from({ length: 500 }, (_, n) =>
      line(n, n % 2 ? 'nf_conntrack: table full, dropping packet' : 'neighbour: arp_cache: neighbor table overflow!'),
    );
    const lines = events(read(text.join(''))).map((f) => lineOf(f.at));
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
    expect(lines.slice(-2)).toEqual([499, 500]);
  });

  test('ten thousand different ones are enough', () => {
    const text = Array.from({ length: 10_050 }, (_, n) =>
      line(n, `IPv4: martian source 10.${n >> 8}.${n & 255}.7 from 10.0.2.15, on dev flannel.1`),
    );
    const parsed = read(text.join(''));
    expect(events(parsed)).toHaveLength(10_000);
    expect(parsed.tally).toEqual({ facts: 10_050, noise: 0, gaps: 0 });
    expect(parsed.incomplete?.completeness).toBe('truncated');
  });
});

describe('heads of all kinds', () => {
  const kernel = 'nf_conntrack: table full, dropping packet';
  test.each([
    ['no host', `Jan 23 16:55:06 kernel: ${kernel}`, undefined],
    ['no host, iso', `2020-01-23T16:55:06+0000 kernel: ${kernel}`, undefined],
    ['month of another language', `1月 23 16:55:06 node-1 kernel: ${kernel}`, '01-23'],
    ['German', `Mär 03 16:55:06 node-1 kernel: ${kernel}`, '03-03'],
    ['French', `févr. 03 16:55:06 node-1 kernel: ${kernel}`, '02-03'],
    ['a year', `Jan 23 2020 16:55:06 node-1 kernel: ${kernel}`, '2020-01-23'],
    ['priority', `<4>Jan 23 16:55:06 node-1 kernel: ${kernel}`, '01-23'],
    ["rsyslog with the ring buffer's stamp", `Jan 23 16:55:06 node-1 kernel: [  12.345678] ${kernel}`, '01-23'],
    ['RFC 5424', `<4>1 2020-01-23T16:55:06Z node-1 kernel - - [meta x="a]\\"b"] \ufeff${kernel}`, undefined],
    ['space for T', `2020-01-23 16:55:06 node-1 kernel[1]: ${kernel}`, '2020-01-23'],
  ])('%s', (_, text, dated) => {
    const fact = read(`${text}\n`).facts.find((f): f is KernelLogFact => f.kind === 'kernel-log');
    expect(fact?.event.kind).toBe('conntrack-full');
    if (dated !== undefined) expect(fact?.dated).toBe(dated);
    expect(fact?.host).toBe(text.includes('node-1') ? 'node-1' : undefined);
  });

  const said = 'dial tcp 10.96.0.1:443: i/o timeout';
  test.each([
    ['kubectl --prefix', `[pod/kube-proxy-x/kube-proxy] E0317 09:10:04.014870       1 a.go:1] ${said}`, 'kube-proxy'],
    [
      'kubectl --prefix --timestamps',
      `[pod/coredns-x/coredns] 2024-03-17T09:10:04.014870123Z [ERROR] plugin/errors: ${said}`,
      'coredns',
    ],
    ['zap', `2024-03-17T09:10:04.014Z\tERROR\tipamd/ipamd.go:12\t${said}\t{"a": 1}`, 'unknown'],
    ['seelog', `2024-03-17T09:10:04Z [ERROR] ${said}`, 'unknown'],
    ['capnslog', `2024-03-17 09:10:04.014870 E | etcdmain: ${said}`, 'unknown'],
    ['slog', `time=2024-03-17T09:10:04Z level=ERROR source=/a.go:1 msg="${said}" module=agent`, 'unknown'],
    ['logfmt of cilium', `level=error msg="no API" error="${said}" subsys=daemon`, 'unknown'],
    ['weave', `ERRO: 2024/03/17 09:10:04.014870 ${said}`, undefined],
    ['Go', `2024/03/17 09:10:04 ${said}`, 'unknown'],
    ['Python', `2024-03-17 09:10:04,014 ERROR: ${said}`, 'unknown'],
    ['Open vSwitch', `2024-03-17T09:10:04.014Z|00012|bridge|ERR|${said}`, undefined],
  ])('%s', (_, text, component) => {
    const parsed = read(`${text}\n${text}\n${text}\n`);
    if (component === undefined) return;
    const fact = parsed.facts.find((f) => f.kind === 'component-log') as ComponentLogFact | undefined;
    expect([fact?.event, fact?.component]).toEqual(['dial-timeout', component]);
    expect(parsed.gaps).toEqual([]);
    expect(journal.claims.sniff([text, text, text])).toBeGreaterThanOrEqual(2);
  });

  test.each([
    ['tcpdump -tttt', '2024-03-17 09:10:04.014870 IP 10.0.0.1.53 > 10.0.0.2.4711: UDP, length 12'],
    ['conntrack -E', '[1710666604.014870] [NEW] udp 17 30 src=10.0.0.1 dst=10.0.0.2'],
    ['ping -D', '[1710666604.014870] 64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.1 ms'],
    ['environment', '_JAVA_OPTIONS is not set here'],
    ['JSON that is no log', '{"kind":"Event","apiVersion":"v1","reason":"Failed"}'],
    ['a table', 'default   web-0   1/1   Running   0   5d'],
  ])('%s is no log', (_, line) => {
    expect(journal.claims.sniff([line, line, line])).toBeLessThan(3);
    expect(read(`${line}\n`).facts.filter((f) => f.kind !== 'log-span' && f.kind !== 'hostname')).toEqual([]);
  });
});

describe('lines without a head', () => {
  const klog = (what: string) => `I0317 09:10:04.014870       1 main.go:1] ${what}`;
  test('belong to the message before when a log line follows', () => {
    const text = [klog('config: apiVersion: v1'), 'kind: Config', 'mode: ipvs', klog('next'), ''].join('\n');
    expect(read(text).tally).toEqual({ facts: 1, noise: 3, gaps: 0 });
  });
  test('are gaps at the end, but for what a dying program prints', () => {
    const text = [
      klog('x'),
      'panic: oh',
      '',
      'goroutine 1 [running]:',
      'main.main()',
      '\t/a.go:1 +0x1d',
      'And so it ended.',
    ];
    expect(read(text.join('\n')).gaps.map((g) => g.text)).toEqual(['And so it ended.']);
  });
  test('are no continuation in a journal, which indents', () => {
    const line = 'Mar 17 09:10:04 node-1 app[7]: x';
    expect(read([line, 'prose', line].join('\n')).gaps).toHaveLength(1);
  });
  test('of a container are read by the name of its folder', () => {
    const text = 'Using interface with name enp0s3 and address 10.0.2.15\n';
    const path = 'namespaces/kube-flannel/pods/kube-flannel-ds-x/kube-flannel/kube-flannel/logs/current.log';
    const parsed = parseText(journal, textFrom(text), 0, { argv: [], fileName: 'current.log', path, scope: {} });
    expect(kinds(parsed)).toContain('flannel-log');
  });
  test('of no known form are gaps, whatever the name', () => {
    const parsed = read('replicas: 3\nimage: flannel\n', '', 'kube-flannel-ds');
    expect([parsed.facts, parsed.gaps.length]).toEqual([[], 2]);
  });
});

test.each([
  ['martian source 10.244.1.7 from 10.0.2.15, on dev flannel.1', 'source'],
  ['IPv4: martian destination 10.244.1.7 from 10.0.2.15, dev flannel.1', 'destination'],
  ['IPv4: martian source (src=10.0.2.15, dst=10.244.1.7, dev=flannel.1)', 'source'],
])('%s', (said, what) => {
  const fact = read(`Jan 23 16:55:06 node-1 kernel: ${said}\n`).facts.find(
    (f): f is KernelLogFact => f.kind === 'kernel-log',
  );
  expect(fact?.event).toEqual({
    kind: 'martian',
    what,
    source: '10.0.2.15',
    destination: '10.244.1.7',
    dev: 'flannel.1',
  });
});

test.each([
  ['gravity-journal', true],
  ['journalctl-no-pager-boot', true],
  ['syslog', true],
  ['kern-log-1', true],
  ['k8s-logs-kube-system-coredns-x-coredns', true],
  ['flanneld', true],
  ['gravity-journal-export', true],
  ['containerd-log', true],
  ['k3s-agent-service', true],
  ['kubelet-service', true],
  ['crictl-logs-kube-flannel-previous', true],
  ['kube-system-kube-flannel-ds-x', true],
  ['network-manager', false],
  ['journalctl-list-boots', false],
  ['flannel-subnet-env', false],
  ['kernel-version', false],
  ['kube-flannel-yml', false],
])('the file name %s suggests a log: %s', (name, expected) => {
  expect(journal.claims.file?.test(name)).toBe(expected);
});

test('a document about flannel is not its log', () => {
  const text = 'Using interface with name enp0s3 and address 10.0.2.15';
  expect(kinds(read(text, '', 'flannel.md'))).toEqual([]);
});

test('a level is no host', () => {
  const parsed = read('2021-01-01T00:00:00Z INFO main: started\n2021-01-01T00:00:01Z node-1 main[1]: started');
  expect(parsed.facts.flatMap((f) => ('name' in f ? [f.name] : []))).toEqual(['node-1']);
});

test('a needle holds no letter that a string of JSON escapes, unless the escaped form is a needle too', () => {
  const needles = [
    ...[kernelSignatures, flannelSignatures, calicoSignatures, kubeletSignatures, genericSignatures],
    componentSignatures,
  ].flatMap((table) => table.map((s) => s.needle));
  // Go escapes angle brackets and the ampersand, systemd the quote, the backslash and control characters.
  const escaped = needles.filter((n) => /["\\<>&]/.test(n));
  expect(escaped.sort()).toEqual(['{"network":', '{\\"network\\":']);
  expect(needles.filter((n) => n !== n.toLowerCase() || /[^ -~]/.test(n) || n.length < 4)).toEqual([]);
});

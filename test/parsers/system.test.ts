import fc from 'fast-check';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import { normaliseName, recogniseFile, recogniseOutput } from '../../src/capture/recognise.js';
import type { AnyFact } from '../../src/facts/index.js';
import { type Parser, textFrom } from '../../src/kit/index.js';
import { momentOf } from '../../src/parsers/clock/time.js';
import { hostnamectl } from '../../src/parsers/hostnamectl.js';
import { hosts } from '../../src/parsers/hosts.js';
import { parsers as all } from '../../src/parsers/index.js';
import { lsmod } from '../../src/parsers/lsmod.js';
import { modinfo } from '../../src/parsers/modinfo.js';
import { otherOutput } from '../../src/parsers/other-output.js';
import { procNetBonding } from '../../src/parsers/proc-net-bonding.js';
import { daemonOf } from '../../src/parsers/process/daemons.js';
import { ps } from '../../src/parsers/ps.js';
import { sysctl } from '../../src/parsers/sysctl.js';
import { sysctlConfig } from '../../src/parsers/sysctl-config.js';
import { systemctl } from '../../src/parsers/systemctl.js';
import { systemctlStatus } from '../../src/parsers/systemctl-status.js';
import { toolVersion } from '../../src/parsers/tool-version.js';
import { uptime } from '../../src/parsers/uptime.js';

const run = (parser: Parser<AnyFact>, text: string, command = ''): ParsedText =>
  parseText(parser, textFrom(text), 0, { argv: command === '' ? [] : command.split(' '), fileName: '', scope: {} });
const recognised = (name: string, text: string) => recogniseFile(all, name, text.split('\n'))?.parser.command;
const reads = (line: string, text = '') => recogniseOutput(all, line.split(' '), text.split('\n'))?.parser.command;

describe('what is wanted is no state', () => {
  const CONFIG = '# forwarding\nnet.ipv4.ip_forward=1\n';

  test('a file of settings with a comment is configuration', () => {
    expect(recognised('notes.txt', CONFIG)).toBe('sysctl-config');
    expect(recognised('a/etc/sysctl.conf', 'net.ipv4.ip_forward = 1\n')).toBe('sysctl-config');
    expect(reads('cat /etc/sysctl.d/k8s.conf')).toBe('sysctl-config');
    expect(run(sysctlConfig, CONFIG).facts.map((f) => f.kind)).toEqual(['sysctl-config']);
  });

  test('what sysctl answers is a state, also of the file that it loads', () => {
    expect(reads('sysctl -p /etc/sysctl.conf')).toBe('sysctl');
    expect(reads('cat /proc/sys/net/ipv4/ip_forward')).toBe('sysctl');
    expect(run(sysctl, 'net.ipv4.ip_forward = 1\n').facts.map((f) => f.kind)).toEqual(['sysctl']);
  });
});

describe('names that collectors give', () => {
  const reader = (name: string) => {
    const normalised = normaliseName(name);
    return all.filter((p) => p.claims.file?.test(normalised)).map((p) => p.command);
  };

  test.each([
    // sos
    ['ss_-peaonmi', 'ss'],
    ['netstat_-W_-neopa', 'netstat'],
    ['netstat_-s', 'netstat-s'],
    ['nstat_-zas', 'nstat'],
    ['lsmod', 'lsmod'],
    ['modinfo_ALL_MODULES', 'modinfo'],
    ['sysctl_-a', 'sysctl'],
    ['systemctl_list-units', 'systemctl'],
    ['systemctl_list-unit-files', 'systemctl'],
    ['systemctl_status_--all', 'systemctl-status'],
    ['systemctl_show_--all', 'systemctl-status'],
    ['timedatectl', 'timedatectl'],
    ['ps_auxwww', 'ps'],
    ['hostnamectl_status', 'hostnamectl'],
    ['chronyc_-n_tracking', 'chronyc-tracking'],
    // Gravity
    ['host-system-status', 'systemctl-status'],
    ['planet-system-failed', 'systemctl'],
    ['running-processes', 'ps'],
    ['free', 'other-output'],
    ['slabinfo', 'other-output'],
    // Rancher
    ['ssanp', 'ss'],
    ['ss4apn', 'ss'],
    ['netstat', 'netstat'],
    ['procnetxfrmstat', 'nstat'],
    ['sysctla', 'sysctl'],
    ['osrelease', 'os-release'],
    ['etchosts', 'hosts'],
    ['hostnamefqdn', 'hostname'],
    ['uptime', 'uptime'],
    // Calico, EKS, troubleshoot.sh
    ['date', 'date'],
    ['netstat.txt', 'netstat'],
    ['sysctl_all.txt', 'sysctl'],
    ['sysctl.json', 'sysctl-json'],
    ['kernel_modules.json', 'kernel-modules-json'],
    ['netstat-route-table.txt', 'route-n'],
  ])('%s', (name, command) => expect(reader(name)).toEqual([command]));
});

describe('other output', () => {
  test.each([
    ['free -m'],
    ['df -h'],
    ['lspci -nnk'],
    ['rpm -qa'],
    ['dpkg -l'],
    ['cat /proc/cpuinfo'],
    ['cat /proc/meminfo /proc/vmstat'],
    ['cat /proc/net/protocols'],
    ['systemctl list-dependencies'],
    ['netstat -g'],
    ['mount'],
    ['top -b -n 1'],
    ['ntpq -p'],
  ])('%s is nothing of the network', (line) => expect(reads(line)).toBe('other-output'));

  test.each([
    ['ip addr'],
    ['cat /proc/net/route'],
    ['cat /proc/meminfo /proc/net/arp'],
    ['cat /etc/resolv.conf'],
    ['cat /run/flannel/subnet.env'],
    ['cat /var/log/syslog'],
    ['iptables-save'],
    ['netstat -s'],
    ['netstat -rn'],
    ['systemctl status kubelet'],
    ['docker ps'],
    ['docker inspect web'],
    ['getent hosts node-1'],
    ['conntrack -L'],
    ['tc qdisc'],
    ['ethtool eth0'],
    ['chronyc tracking'],
  ])('%s is not', (line) => expect(reads(line)).not.toBe('other-output'));

  test('no sample of another parser looks like it', () => {
    for (const [name, text] of [
      ['ip-route', 'default via 10.0.0.1 dev eth0\n'],
      ['hosts', '127.0.0.1 localhost\n'],
      ['sysctl', 'net.ipv4.ip_forward = 1\n'],
      ['softnet', '0012c3f1 00000000 0000001a 00000000 00000000 00000000 00000000 00000000 00000000\n'],
      ['log', 'Jan 23 17:26:05 node-1 kubelet[812]: Filesystem is full\n'],
    ] as const)
      expect([name, otherOutput.claims.sniff(text.split('\n'))]).toEqual([name, 0]);
  });
});

describe('clocks', () => {
  test.each([
    ['Thu Jan 23 17:26:05 UTC 2020', 1579800365],
    ['Thu Jan  2 05:26:05 PM UTC 2020', 1577985965],
    ['Thu Jan 23 12:26:05 AM UTC 2020', 1579739165],
    ['Thu 23 Jan 2020 05:26:05 PM UTC', 1579800365],
    ['Thu, 23 Jan 2020 17:26:05 +0100', 1579796765],
    ['2020-01-23 17:26:05+00:00', 1579800365],
    ['2020-01-23T17:26:05,123456789+00:00', 1579800365],
    ['Thu 2020-01-23 17:26:05 CET', 1579796765],
    // India, Israel or Ireland.
    ['Thu Jan 23 17:26:05 IST 2020', undefined],
    ['Thu 23 Jan 17:26:05 UTC 2020', 1579800365],
    ['Do 23. Jan 17:26:05 CET 2020', 1579796765],
    ['jeu. 23 janv. 2020 17:26:05 CET', 1579796765],
    ['čt 23. ledna 2020, 17:26:05 CET', 1579796765],
    ['2020年 1月 23日 木曜日 17時26分05秒 JST', 1579767965],
  ])('%s', (text, time) => expect(momentOf(text)?.time).toBe(time));

  test.each([
    // November in Polish, October in Croatian.
    ['czw 23 lis 2020 17:26:05 CET'],
    ['Do 23. Jan 17:26:05 CET'],
    ['Do 23. Jan 2020 17:26:05 CET 2020'],
    ['17:26:05'],
    ['Thu Foo 23 17:26:05 UTC 2020'],
    [''],
  ])('%s is no moment', (text) => expect(momentOf(text)).toBeUndefined());

  test.each([
    [' 12:03:04 up 3 days,  2:01,  1 user,  load average: 0.00, 0.01, 0.05', 266460],
    [' 12:03:04 up  2:01,  0 users,  load average: 0.00, 0.01, 0.05', 7260],
    [' 12:03:04 up 1 day, 3 min,  load average: 0,00, 0,01, 0,05', 86580],
    ['up 1 year, 2 weeks, 1 minute', 32745660],
  ])('%s', (text, seconds) => expect(run(uptime, text).facts).toMatchObject([{ kind: 'uptime', seconds }]));
});

describe('versions', () => {
  const versions = (text: string, command = '') => run(toolVersion, text, command).facts.map(({ at: _, ...f }) => f);

  test('of iptables with its backend', () => {
    expect(versions('iptables v1.8.7 (legacy)')).toEqual([
      { kind: 'tool-version', program: 'iptables', version: '1.8.7', backend: 'legacy' },
    ]);
    expect(versions('ip6tables v1.4.21')).toEqual([{ kind: 'tool-version', program: 'ip6tables', version: '1.4.21' }]);
  });

  test('a bare version is of the program that was asked', () => {
    expect(versions('v0.21.5', 'flanneld --version')).toMatchObject([{ program: 'flanneld', version: '0.21.5' }]);
    expect(versions('v0.21.5')).toEqual([]);
  });

  test('-v is verbose for many', () => {
    expect(reads('iptables -v')).not.toBe('tool-version');
    expect(reads('docker -v')).toBe('tool-version');
    expect(reads('iptables -L -V')).not.toBe('tool-version');
  });
});

describe('units', () => {
  test('is-active answers in the order of the question', () => {
    const facts = run(systemctl, 'active\nfailed\n', 'systemctl is-active kubelet docker.socket').facts;
    expect(facts).toMatchObject([
      { name: 'kubelet.service', active: 'active' },
      { name: 'docker.socket', active: 'failed' },
    ]);
  });

  test('answers of which nothing tells the question are gaps', () =>
    expect(run(systemctl, 'active\n', 'systemctl is-active kubelet docker').gaps).toHaveLength(1));

  test('a listing without --all proves no unit absent', () => {
    const claim = (line: string) => systemctl.claims.command?.(line.split(' '));
    expect(claim('systemctl')).toEqual({ scope: { units: 'active' } });
    expect(claim('systemctl list-units -t service --all')).toEqual({
      scope: { filter: 'service', units: 'in memory' },
    });
    expect(claim('systemctl list-unit-files')).toEqual({ scope: {} });
    expect(claim('systemctl restart kubelet')).toBeUndefined();
  });

  test('lines of the log below a status are read as a log, and are no span of one', () => {
    const text = [
      '● flanneld.service - flannel',
      '   Loaded: loaded (/etc/systemd/system/flanneld.service; enabled; vendor preset: disabled)',
      '   Active: active (running) since Thu 2020-01-23 17:20:05 UTC; 3 days ago',
      ' Main PID: 692 (flanneld)',
      '',
      'Jan 23 16:55:10 node-1 flanneld[692]: I0123 16:55:10.488237     692 main.go:516] Using interface with name ens4 and address 10.162.0.7',
      'Hint: Some lines were ellipsized, use -l to show in full.',
    ].join('\n');
    const parsed = run(systemctlStatus, text, 'systemctl status flanneld');
    expect(parsed.gaps).toEqual([]);
    expect(new Set(parsed.facts.map((f) => f.kind))).toEqual(new Set(['unit', 'hostname', 'flannel-log']));
  });
});

describe('processes', () => {
  test.each([
    ['/usr/bin/kube-proxy --cluster-cidr=10.244.0.0/16', 'kube-proxy', ['--cluster-cidr=10.244.0.0/16']],
    ['/usr/local/bin/k3s agent --flannel-iface eth1', 'k3s agent', ['--flannel-iface', 'eth1']],
    ['/hyperkube kubelet --v=2', 'hyperkube kubelet', ['--v=2']],
    ['calico-node -felix', 'calico-node felix', []],
    ['{bird} bird -R', 'bird', ['-R']],
  ])('%s', (command, program, args) =>
    expect(daemonOf(command, 1)).toEqual({ kind: 'process', program, pid: 1, args }),
  );

  test.each([
    ['[kworker/0:1]'],
    ['/bin/sh /usr/bin/kubelet-wrapper'],
    ['grep kubelet'],
    ['k3s kubectl get nodes'],
    [''],
  ])('%s is none of the network', (command) => expect(daemonOf(command, 1)).toBeUndefined());

  test('the header tells where the command begins', () => {
    const text =
      'F S UID        PID  PPID  C PRI  NI ADDR SZ WCHAN  STIME TTY          TIME CMD\n4 S root       812     1  2  80   0 - 99 ep_pol Jan20 ?        01:38:31 /usr/bin/dockerd --bip=10.1.1.1/24\n';
    expect(run(ps, text).facts).toMatchObject([{ program: 'dockerd', pid: 812, args: ['--bip=10.1.1.1/24'] }]);
  });
});

test("a bond's name is its file's", () => {
  const text = 'Ethernet Channel Bonding Driver: v3.7.1\nBonding Mode: adaptive load balancing\n';
  const named = (path: string) =>
    parseText(procNetBonding, textFrom(text), 0, { argv: [], fileName: 'bond1', path, scope: {} }).facts;
  expect(named('case/proc/net/bonding/bond1')).toMatchObject([{ name: 'bond1', info: { kind: 'bond' } }]);
  const alone = run(procNetBonding, text);
  expect([alone.facts, alone.gaps]).toEqual([[], []]);
  expect(alone.incomplete?.because).toContain('name');
});

test('no text makes them throw or lose a line', () => {
  const parsers: readonly Parser<AnyFact>[] = [
    ...[hostnamectl, hosts, lsmod, modinfo, ps, sysctl, sysctlConfig, systemctl, systemctlStatus, toolVersion, uptime],
  ];
  const word = fc.oneof(
    fc.constantFrom(
      'Module Size Used by',
      '●',
      'kubelet.service',
      'loaded',
      'active',
      'running',
      '- Live 0x0',
      'Id=a.service',
    ),
    fc.constantFrom(
      'filename:',
      'name:',
      '  Active: ',
      'PID COMMAND',
      '127.0.0.1',
      'net.ipv4.ip_forward',
      '=',
      '#',
      '└─1',
    ),
    fc.string({ maxLength: 12 }),
  );
  const line = fc.array(word, { maxLength: 7 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = textFrom(lines.join('\n').replaceAll('\r', ''));
      for (const parser of parsers) {
        const parsed = parseText(parser, text, 0, { argv: [], fileName: '', scope: {} });
        expect(parsed.crash).toBeUndefined();
        expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
        expect(parsed.gaps.length).toBe(parsed.tally.gaps);
      }
    }),
    { numRuns: 300 },
  );
});

import fc from 'fast-check';
import { readFile } from '../../src/capture/file.js';
import { parsers } from '../../src/parsers/index.js';

const ROUTE = 'default via 192.168.50.1 dev eth0 \n10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink \n';
const NEIGH = '10.244.1.0 dev flannel.1 lladdr 16:88:4f:00:36:49 PERMANENT \n';
const SAVE = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n-A FORWARD -j ACCEPT\nCOMMIT\n';

async function read(inner: string, content: string | Uint8Array) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return readFile({ path: inner, inner, bytes }, 0, 0, parsers, 'b');
}

/** `command@host|netns completeness facts` of each capture. */
async function captures(inner: string, content: string): Promise<string[]> {
  const found = await read(inner, content);
  return found.captures.map(
    (c) =>
      `${c.command}@${c.hint.host ?? ''}|${c.hint.pod ?? c.hint.netns ?? ''} ${c.failure?.reason ?? c.completeness} ${c.facts.length}`,
  );
}

describe('recognition', () => {
  test('content beats names', async () => {
    expect(await captures('ip-neigh.txt', ROUTE)).toEqual(['ip-route@| full 2']);
    expect(await captures('notes.txt', ROUTE)).toEqual(['ip-route@| full 2']);
  });

  test('a command that ran in every namespace has an output for each', async () => {
    const all = `root@node-1:~# ip -all netns exec ip route\n\nnetns: blue\n${ROUTE}\nnetns: red\n\nnetns: green\n${ROUTE}`;
    expect(await captures('notes.txt', all)).toEqual(['ip-route@node-1|blue full 2', 'ip-route@node-1|green full 2']);
    const filtered = all.replace('ip route', 'ip route | grep via');
    expect((await captures('notes.txt', filtered))[0]).toBe('ip-route@node-1|blue filtered 2');
  });

  test("Gravity's `iptables` is a dump; a listing under that name is not taken for one", async () => {
    expect((await captures('iptables', SAVE))[0]).toMatch(/^iptables-save@\| full /);
    const listing = 'Chain FORWARD (policy DROP)\ntarget     prot opt source               destination         \n';
    expect((await captures('iptables', listing)).filter((c) => c.startsWith('iptables-save@| full'))).toEqual([]);
  });

  test('a path says what a value is, and which', async () => {
    const path = 'sosreport-node-1/proc/sys/net/ipv4/conf/eth0.20/rp_filter';
    const {
      captures: [capture],
    } = await read(path, '2\n');
    expect(capture?.command).toBe('sysctl');
    expect(capture?.facts.map(({ at: _, ...fact }) => fact)).toEqual([
      { kind: 'sysctl', key: 'net.ipv4.conf.eth0/20.rp_filter', value: '2' },
      { kind: 'netconf', family: 4, scope: 'device', dev: 'eth0.20', key: 'rp_filter', value: 2 },
    ]);
    // One value proves no other one absent.
    expect(capture?.completeness).toBe('filtered');
  });

  test.each([
    ['case/etc/sysctl.d/k8s.conf', 'net.ipv4.ip_forward = 1\n', 'sysctl-config@| full 1'],
    ['case/usr/lib/sysctl.d/50-default.conf', '# none\n', 'sysctl-config@| full 0'],
    ['a.tgz!/proc/cmdline', 'ro ipv6.disable=1\n', 'proc-cmdline@| full 1'],
    ['case/proc/net/igmp', 'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n', 'other-output@| full 0'],
    // One device's counters are not the stack's.
    [
      'case/proc/net/dev_snmp6/eth0',
      'ifIndex                 \t2\nIp6InReceives           \t9\n',
      'other-output@| full 0',
    ],
  ])('the path %s', async (path, content, expected) => expect(await captures(path, content)).toEqual([expected]));

  test('an empty file is a capture of what its name says, and proves nothing', async () =>
    expect(await captures('ip-neigh.txt', '')).toEqual(['ip-neigh@| empty 0']));

  test('a failure is absent, not empty', async () => {
    expect(await captures('ip-netconf.txt', 'bash: ip: command not found\n')).toEqual([
      'ip-netconf@| command-failed 0',
    ]);
    expect(
      await captures(
        'iptables-save.txt',
        'iptables-save v1.8.4 (legacy): Cannot initialize: Permission denied (you must be root)\n',
      ),
    ).toEqual(['iptables-save@| permission-denied 0']);
  });

  test('what nothing recognises is listed', async () => {
    const { unrecognised } = await read('notes.txt', 'The network is slow.\nSince Tuesday.\n');
    expect(unrecognised).toEqual([
      { path: 'notes.txt', line: 1, lines: 2, bytes: 36, detail: 'looks like no known command output' },
    ]);
  });

  test('a fence within a value does not turn YAML into a document', async () => {
    const yaml =
      'apiVersion: v1\nkind: Node\nmetadata:\n  name: node-1\n  annotations:\n    note: |\n      ```\n      ip route\n      ```\nstatus:\n  addresses:\n  - address: 10.0.0.1\n    type: InternalIP\n';
    expect(await captures('node.yaml', yaml)).toEqual(['kubectl-object@| filtered 1']);
  });

  test('a comment of a configuration that begins like a command makes no transcript', async () =>
    expect(
      (
        await captures(
          'sysctl.txt',
          '# sysctl settings are defined through files in /usr/lib/sysctl.d\nnet.ipv4.ip_forward = 1\n',
        )
      ).filter((c) => c.includes('@n')),
    ).toEqual([]));
});

describe('pastes', () => {
  test('place, completeness and failures of commands', async () => {
    const paste = [
      'root@node-1:~# ip route',
      ROUTE.trimEnd(),
      'root@node-1:~# ip route | grep flannel',
      '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink ',
      'root@node-1:~# kubectl -n shop exec -it web -- ip route',
      'default via 10.244.0.1 dev eth0 ',
      'root@node-1:~# nsenter -t 7 -n ip neigh',
      NEIGH.trimEnd(),
      'root@node-2:~# ip neigh',
      '...',
      NEIGH.trimEnd(),
      'root@node-2:~# ip netconf',
      '-bash: ip: command not found',
      'root@node-2:~# ip addr',
      'root@node-2:~# ip route > r.txt',
      '',
    ].join('\n');
    expect(await captures('paste.txt', paste)).toEqual([
      'ip-route@node-1| full 2',
      'ip-route@node-1| filtered 1',
      'ip-route@node-1|shop/web full 1',
      'ip-neigh@node-1|pid 7 full 1',
      'ip-neigh@node-2| truncated 1',
      'ip-netconf@node-2| command-failed 0',
    ]);
  });

  test("the mark of a cut before an output is that output's, without a command line as well", async () => {
    const chain = [
      'Chain KUBE-MARK-MASQ (5 references)',
      ' pkts bytes target     prot opt in     out     source               destination',
      '    0     0 MARK       all  --  *      *       0.0.0.0/0            0.0.0.0/0            MARK or 0x4000',
    ].join('\n');
    const { captures: found, unrecognised } = await read('p.md', `What I see:\n\n\`\`\`\n...\n${chain}\n\`\`\`\n`);
    expect(found.map((c) => [c.command, c.completeness, c.firstLine, c.lineCount])).toEqual([
      ['iptables-list', 'truncated', 4, 4],
    ]);
    expect(unrecognised).toEqual([]);
  });

  test('a page that was copied as it is written: what breaks its lines is no value', async () => {
    const rows = [
      'NAME     STATUS   ROLES    AGE    VERSION',
      'node-1   Ready    <none>   9d     v1.30.0',
      'node-2   Ready    <none>   9d     v1.30.0',
    ];
    const { captures: found } = await read('p.txt', rows.map((row) => `${row}<br>\n`).join(''));
    expect(found.map((c) => c.facts.map((f) => f['version' as keyof typeof f]))).toEqual([['v1.30.0', 'v1.30.0']]);
    expect(found.map((c) => [c.completeness, c.firstLine, c.lineCount])).toEqual([['full', 1, 3]]);
  });

  test('page breaks are taken out, and rules that begin with signs stay', async () => {
    const paste = `What I see:\n\n\`\`\`\n${ROUTE.trimEnd()}\n--More--\n10.7.0.0/16 via 10.0.0.9 dev eth0 \n\`\`\`\n`;
    expect((await captures('p.md', paste)).map((c) => c.replace(/@.*?\|/, ' '))).toEqual(['ip-route  full 3']);
    const rules = '```\n--append FORWARD -j ACCEPT\n-A FORWARD -m mark --mark 0x1 -j DROP\n```\n';
    const { text } = await read('p.md', rules);
    expect(text.line(1)).toBe('--append FORWARD -j ACCEPT');
  });

  test('Windows line ends', async () =>
    expect(await captures('p.txt', `root@a:~# ip route\n${ROUTE}`.replaceAll('\n', '\r\n'))).toEqual([
      'ip-route@a| full 2',
    ]));

  test('lines keep the numbers of the file, quoted and indented or not', async () => {
    const { captures: found } = await read(
      'p.md',
      `- on a:\n  \`\`\`\n  root@a:~# ip route\n${ROUTE.replace(/^/gm, '  ').trimEnd()}\n  \`\`\`\n`,
    );
    expect(found.map((c) => [c.commandAt, c.firstLine, c.facts.map((f) => f.at % 2 ** 26)])).toEqual([[3, 4, [4, 5]]]);
  });

  test.each([
    ["cat > /etc/nftables.conf <<'EOF'", 'table ip nat {\n\tchain output {\n\t\ttcp dport 53 drop\n\t}\n}'],
    ['root@a:~# iptables-restore <<EOF', '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j ACCEPT\nCOMMIT'],
    ['$ docker exec -i a nft -f - << EOF', 'table ip raw {\n\tset s {\n\t\ttype ipv4_addr\n\t}\n}'],
  ])('what is fed to a command is no state: %s', async (command, lines) => {
    expect(await captures('p.txt', `${command}\n${lines}\nEOF\n`)).toEqual([]);
    expect(await captures('p.txt', `${command}\n${lines}\nEOF\nroot@a:~# ip route\n${ROUTE}`)).toHaveLength(1);
    const { unrecognised } = await read('p.txt', `${command}\n${lines}\nEOF\nroot@a:~# ip route\n${ROUTE}`);
    expect(unrecognised.at(-1)).toMatchObject({ line: 2, lines: lines.split('\n').length + 1 });
  });

  test('what a command that nobody knows lists may be a part, or of elsewhere', async () =>
    expect(await captures('p.txt', `root@a:~# my-routes blue\n${ROUTE}`)).toEqual(['ip-route@a| filtered 2']));

  test('what a heredoc writes is no state', async () => {
    const paste = `root@a:~# sudo tee /etc/sysctl.d/k8s.conf <<EOF\nnet.ipv4.ip_forward = 1\nEOF\nroot@a:~# ip route\n${ROUTE}`;
    expect(await captures('p.txt', paste)).toEqual(['ip-route@a| full 2']);
  });

  test('two listings in one output that nothing tells apart are not read', async () => {
    const both = await read(
      'p.txt',
      `root@a:~# ip neigh show dev eth0; ip neigh show dev eth1\n10.0.0.1 lladdr 16:88:4f:00:36:49 STALE\n10.0.1.1 lladdr 16:88:4f:00:36:50 STALE\n`,
    );
    expect([both.captures, both.unrecognised.map((u) => [u.line, u.lines])]).toEqual([[], [[2, 2]]]);
    expect(await captures('p.txt', `root@a:~# echo routes; ip route\n${ROUTE}`)).toEqual(['ip-route@a| full 2']);
  });

  test('a paste whose first output has no command line', async () =>
    expect(
      await captures(
        'p.txt',
        `${ROUTE}${Array.from({ length: 250 }, (_, i) => `10.9.${i}.0/24 via 10.9.${i}.0 dev flannel.1 onlink \n`).join('')}root@b:~# ip neigh\n${NEIGH}`,
      ),
    ).toEqual(['ip-route@| full 252', 'ip-neigh@b| full 1']));
});

describe('hostile bytes', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'root@a:~# ip route',
      '$ ip addr',
      '```',
      '~~~',
      '*filter',
      'COMMIT',
      'default via',
      '{',
      '- ',
      'apiVersion: v1',
      'root@a:~# nsenter -t 7 -n',
      'exit',
      '2: eth0: <',
      'I0101 00:00:00.000000       1 main.go:1]',
    ),
  );

  test('any bytes are survived and accounted for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom('ip-route', 'x.yaml', 'flanneld.log', 'p.md'),
        async (bytes, name) => {
          const found = await read(name, bytes);
          expect(found.crashes).toEqual([]);
          for (const c of found.captures) expect(c.tally.facts + c.tally.noise + c.tally.gaps).toBe(c.lineCount);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('any mixture of lines is survived and accounted for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 25 }), async (lines) => {
        const found = await read('p.txt', lines.join('\n'));
        expect(found.crashes).toEqual([]);
        for (const c of found.captures) expect(c.tally.facts + c.tally.noise + c.tally.gaps).toBe(c.lineCount);
      }),
      { numRuns: 200 },
    );
  });
});

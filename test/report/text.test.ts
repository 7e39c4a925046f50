import { atLevel } from '../../src/report/level.js';
import { text } from '../../src/report/text/index.js';
import { columnsOf, cut, needlesOf, squeezed, wrap } from '../../src/report/text/lines.js';
import { capture, cause, effect, evidence, HOSTILE, NO_LEDGER, reportOf } from './fixtures.js';

const UNSAFE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

test('a cause comes first, its effects below it, with proof, repair and where to read more', () => {
  expect(
    text(reportOf([cause, effect])),
  ).toBe(`case.tgz: Gravity report, 2 nodes, 2 captures, 2020-01-23 16:55 to 17:26 UTC
flannel vxlan (VNI 1, port 8472), pods 10.244.0.0/16
files below case.tgz!/

ERROR    kernel/forwarding-disabled                                  node-1 cni0
  IPv4 forwarding is off on cni0 of node-1, expected on: packets that arrive
  from the pods of this node are dropped.
    node-1/ip-netconf:7  ipv4 dev cni0 forwarding off rp_filter strict mc_forw …
  Can explain 1 finding below.
  Repair   on node-1 turn forwarding on
           sysctl -w net.ipv4.conf.cni0.forwarding=1
  More     dumplint explain kernel/forwarding-disabled

    warning  dns/query-timeout                             node-2 10.244.19.3:53
      Queries from node-2 to 10.244.19.3 time out.
        node-2/dig:3  ;; connection timed out; no servers could be reached

1 error, 1 warning (1 cause, 1 symptom) | rules: 1 clean, 0 not assessed
`);
});

test.each([60, 80, 120])('prose and proof fit %i columns', (width) => {
  const long = {
    ...cause,
    subject: 'a subject that quotes a rule '.repeat(8).trim(),
    message: 'word '.repeat(80).trim(),
    evidence: [evidence('case.tgz!/node-1/x', 1, 'y'.repeat(5000))] as const,
  };
  for (const line of text(reportOf([long, effect]), { width }).split('\n'))
    expect(line.length).toBeLessThanOrEqual(width);
});

test('nothing out of a bundle reaches the terminal as a control character', () => {
  const hostile = {
    ...cause,
    nodes: [HOSTILE] as const,
    subject: HOSTILE,
    message: HOSTILE,
    evidence: [evidence(`case.tgz!/${HOSTILE}`, 1, HOSTILE, HOSTILE)] as const,
  };
  const report = reportOf([hostile], {
    notes: [HOSTILE],
    coverage: {
      ...NO_LEDGER,
      captures: [capture(`case.tgz!/${HOSTILE}`, HOSTILE)],
      gaps: [],
      gapsOmitted: 0,
      unread: [{ file: HOSTILE, reason: 'unreadable', detail: HOSTILE }],
    },
  });
  const page = text(report);
  expect(page.replace(/\n/g, '')).not.toMatch(UNSAFE);
  expect(page).toContain('\\x1b[2J');
});

test('colours change no words', () => {
  const colored = text(reportOf([cause, effect]), { color: true });
  expect(colored).toContain('\x1b[1;31mERROR\x1b[0m');
  expect(colored.replace(/\x1b\[[\d;]*m/g, '')).toBe(text(reportOf([cause, effect])));
});

test('no findings: says what was looked at and what was not', () => {
  const missing = [{ node: 'node-2', input: 'ip neigh', reason: 'not-captured' as const, command: 'ip neigh' }];
  const page = text(
    reportOf([], {
      rules: [
        { id: 'flannel/missing-fdb-or-neigh', outcome: 'not-assessed', applicable: true, missing },
        { id: 'trace/ping-matrix', outcome: 'not-assessed', applicable: true, missing: [] },
        { id: 'calico/wrong-node-ip', outcome: 'not-assessed', applicable: false, missing: [] },
      ],
      summary: { clean: 4, notAssessed: 2 },
    }),
  );
  expect(page).toContain(
    'No findings: 4 rules looked at 2 nodes and found nothing wrong; 1 could not\nlook, see below; 1 had nothing to look at.',
  );
  expect(page).toContain(
    'NOT CHECKED\n  ip neigh on node-2: not captured; for flannel/missing-fdb-or-neigh\n    supplied by  ip neigh\n',
  );
});

test('what does not apply is not asked for', () => {
  const missing = [{ node: 'node-2', input: 'birdcl', reason: 'not-captured' as const }];
  expect(
    text(reportOf([], { rules: [{ id: 'calico/x', outcome: 'not-assessed', applicable: false, missing }] })),
  ).not.toContain('birdcl');
});

test('an input without any capture is not called clean', () => {
  const page = text(
    reportOf([], {
      coverage: {
        ...NO_LEDGER,
        captures: [],
        gaps: [],
        gapsOmitted: 0,
        unread: [{ file: 'x', reason: 'unreadable', detail: 'There is no file x.' }],
      },
      summary: { captures: 0, clean: 0 },
    }),
  );
  expect(page).toContain('Nothing was checked');
  expect(page).toContain('Not read: x: There is no file x.');
});

test('many effects of one rule are folded, and counted', () => {
  const many = Array.from({ length: 9 }, (_, i) => ({ ...effect, fingerprint: `${i}`.padStart(16, '0') }));
  const page = text(reportOf([cause, ...many]));
  expect(page.match(/warning {2}dns/g)).toHaveLength(4);
  expect(page).toContain('and 5 more of dns/query-timeout (all with -f json)');
});

test('an effect whose cause is hidden stands for itself; what a level hides is counted', () => {
  const quiet = { ...cause, severity: 'info' as const };
  const shown = atLevel(reportOf([quiet, effect]), 'warning');
  expect(text(shown)).toContain('WARNING  dns/query-timeout');
  expect(text(shown)).toContain('Note: 1 finding below warning is hidden by --level warning');
});

test('a crash of a rule is told', () => {
  const page = text(
    reportOf([], {
      rules: [{ id: 'x/y', outcome: 'crashed', applicable: true, missing: [], error: 'TypeError: no' }],
      summary: { crashed: 1 },
    }),
  );
  expect(page).toContain('Rule x/y crashed (TypeError: no)');
});

test('later evidence never removes a finding', () => {
  const page = text(
    reportOf([
      { ...cause, laterEvidence: [evidence('case.tgz!/node-2/ping', 4, '3 packets transmitted, 3 received')] },
    ]),
  );
  expect(page).toContain(
    'May have been repaired since, or tells otherwise:\n    node-2/ping:4  3 packets transmitted, 3 received',
  );
});

describe('lines', () => {
  test('cut keeps what matters in sight', () => {
    const line = `-A KUBE-SERVICES ${'-m comment --comment "default/web:http cluster IP" '.repeat(4)}-d 10.96.0.17/32 -j KUBE-SVC-ABC -m statistic`;
    const short = cut(line, 80, needlesOf('10.96.0.17/32'));
    expect(short.length).toBeLessThanOrEqual(80);
    expect(short).toContain('10.96.0.17/32');
    expect(short.startsWith('-A KUBE-SERVICES')).toBe(true);
  });
  test('cut leaves short lines alone', () => expect(cut('  a\tb ', 80, [])).toBe('a b'));
  test('cut goes on at the beginning of a word, and counts columns', () => {
    expect(cut('one two three four five six seven eight nine', 32, ['seven'])).toBe('one two th … six seven eight n …');
    expect(columnsOf(cut('节点一号机器服务器节点一号机器服务器', 20, []))).toBeLessThanOrEqual(20);
    expect(columnsOf('节点a\u0301')).toBe(5);
  });
  test('squeezed keeps both ends', () => expect(squeezed('/var/lib/cases/bundle', 12)).toBe('/var/…bundle'));
  test('wrap breaks a long word where the page must keep its width, at a joint', () => {
    expect(wrap('a kube-controller-manager-ip-10-0-143-172 b', 20, 'broken')).toEqual([
      'a kube-controller-',
      'manager-ip-10-0-143-',
      '172 b',
    ]);
    expect(wrap('x'.repeat(1e6), 80, 'broken')).toHaveLength(12_500);
  });
  test('wrap never breaks a word', () =>
    expect(wrap('a sysctl.very.long.word.that.is.longer b', 10)).toEqual([
      'a',
      'sysctl.very.long.word.that.is.longer',
      'b',
    ]));
});

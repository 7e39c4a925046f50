import { traceText } from '../../src/report/path/text.js';
import { columnsOf } from '../../src/report/text/lines.js';
import { evidence, HOSTILE } from './fixtures.js';
import { becauseOf, outcomeOf, stepOf, traceOf } from './walks.js';

const UNSAFE = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
/** The page with its prose in one line each. */
const flat = (text: string): string => text.replace(/\n(?=\S)/g, ' ');

const lost = outcomeOf('10.0.1.1', { verdict: 'dropped', share: 0.25, because: becauseOf('node-2') });
const also = outcomeOf('10.0.2.1', {
  verdict: 'dropped',
  share: 0.25,
  because: becauseOf('node-3', { reason: 'policy DROP' }),
});
const good = outcomeOf('10.0.3.1', { share: 0.5 });
const open = outcomeOf('10.0.4.1', {
  verdict: 'unknown',
  share: 0.5,
  missing: [{ node: 'node-4', input: 'ip route', reason: 'not-captured', command: 'ip route' }],
});

describe('the first sentence', () => {
  test('says of several endpoints which are lost, and why', () => {
    const text = traceText(traceOf('partly', [lost, good]));
    expect(flat(text)).toMatch(
      /^partly: 1 of 2 endpoints is lost \(25 %\): the request of node-1 dies on node-2, cni0: cni0 does not forward; 1 of 2 endpoints answers \(50 %\)/,
    );
    expect(text).toContain('node-1 hears nothing: a time-out.');
  });

  test('counts the endpoints that are lost elsewhere, and the page tells where', () => {
    const text = traceText(traceOf('dropped', [lost, also]));
    expect(flat(text)).toMatch(
      /^dropped: 1 of 2 endpoints is lost \(25 %\): .* does not forward; 1 of 2 endpoints is lost \(25 %\)/,
    );
    expect(text).toMatch(/10\.0\.2\.1\n {4}the request of node-1 dies on node-3, cni0: policy DROP/);
  });

  test('does not deny the endpoints that answer where another is not known', () => {
    const text = flat(traceText(traceOf('unknown', [open, good])));
    expect(text).toMatch(
      /^unknown: 1 of 2 endpoints is not known \(50 %\): .*ip route on node-4: not captured; 1 of 2 endpoints answers/,
    );
  });

  test('of endpoints that all answer names no single one', () => {
    expect(flat(traceText(traceOf('delivered', [good, { ...good, endpoint: '10.0.5.1' }])))).toMatch(
      /^delivered: the packets of node-1 arrive at each of 2 endpoints; the answers come back/,
    );
  });
});

test('the way of a packet that is lost is shown, one that arrives is not', () => {
  const trace = traceOf('partly', [lost, good]);
  const text = traceText(trace);
  expect(text).toContain('THE WAY TO 10.0.1.1  dropped');
  expect(text).not.toContain('THE WAY TO 10.0.3.1');
  expect(text).toContain('1 more way arrives (--verbose shows all).');
  expect(traceText(traceOf('partly', [good, lost]), { verbose: true })).toMatch(
    /THE WAY TO 10\.0\.1\.1 {2}dropped.*THE WAY TO 10\.0\.3\.1 {2}delivered/s,
  );
});

test('a rule is told once, also with --verbose', () => {
  const rule = '-A FORWARD -j ACCEPT';
  const step = {
    ...stepOf('netfilter', 'node-1', `iptables filter FORWARD: ${rule}`),
    evidence: [evidence('case/x', 3, `[1:60] ${rule}`)],
  };
  const text = traceText(traceOf('delivered', [outcomeOf('10.0.1.1', { request: [step] })]), { verbose: true });
  expect(text.split(rule)).toHaveLength(2);
  expect(text).toMatch(/^ +x:3$/m);
});

test('an end that is not known is not called the end', () => {
  const text = traceText(traceOf('unknown', [{ ...open, because: becauseOf('node-1') }]));
  expect(text).toContain('? as far as the captures tell, the packet ends here');
  expect(text).not.toContain('✗');
});

describe('a request that dies where its sender is told', () => {
  const told = (verdict: 'heard' | 'lost' | 'unknown'): string => {
    const because = becauseOf('node-2', { answer: 'icmp host-unreachable', heard: { verdict } });
    const request = [stepOf('send', 'node-1', 'sent'), stepOf('forward', 'node-2', 'cni0 does not forward')];
    const error = [stepOf('route', 'node-2', 'back'), stepOf('deliver', 'node-1', 'told')];
    return traceText(traceOf('dropped', [outcomeOf('10.0.1.1', { verdict: 'dropped', because, request, error })]));
  };
  test('ends there, and not where the error is heard', () => {
    const text = told('heard');
    expect(text).toMatch(/┌ node-2 ─+┐\n {2}│ eth0 ✗ /);
    expect(text.match(/✗/g)).toHaveLength(2);
    expect(text).toMatch(/✗ the packet ends here\n.*ERROR/s);
  });
  test('has a second end where the error is lost, or an open one', () => {
    expect(told('lost')).toMatch(/ERROR.*✗ the error ends here/s);
    expect(told('unknown')).toMatch(/ERROR.*\? from here it is not known/s);
  });
});

test('what leaves the captures is drawn as far as its receiver', () => {
  const out = outcomeOf('8.8.8.8', {
    request: [stepOf('send', 'node-1', '10.0.0.1 → 8.8.8.8'), stepOf('wire', 'node-1', '8.8.8.8 is outside')],
    reply: [stepOf('wire', 'outside', '10.0.0.1 is node-1'), stepOf('deliver', 'node-1', 'received')],
  });
  expect(traceText(traceOf('delivered', [out]))).toMatch(/▼ +▲\n {2}┌ outside /);
});

const LONG = 'pod openshift-kube-controller-manager/kube-controller-manager-ip-10-0-143-172.us-east-2.compute.internal';

test.each([60, 80, 120, 200])('whatever the names, no line is wider than %i, and none is unsafe', (width) => {
  for (const name of [LONG, '節点一号機器伺服器名前空間長い名前です二番目'.repeat(3), 'n'.repeat(300), HOSTILE]) {
    const o = outcomeOf(name, {
      verdict: 'dropped',
      because: becauseOf(name, { reason: `${name} leaves`, netns: name }),
      request: [
        stepOf('send', name, `${name} → ${name} tcp port 80 (as every pod has it)`),
        stepOf('netfilter', name, `iptables filter FORWARD: -A ${name} -j ACCEPT`),
        stepOf('encapsulate', name, `VXLAN 1 to ${name}`),
        {
          ...stepOf('netfilter', 'node-2', 'iptables filter INPUT: policy ACCEPT'),
          evidence: [evidence('case/node-2/iptables-save.txt', 36, ':INPUT ACCEPT')],
        },
        stepOf('forward', 'node-2', name, name),
      ],
    });
    const trace = traceOf('dropped', [o, { ...o, endpoint: `${name}2` }], {
      src: `node:${name}`,
      dst: name,
      assumptions: [`pod ${name} is as pods are`],
      missing: [{ node: name, input: name, reason: 'filtered', detail: name }],
      observed: [{ answered: false, says: name, evidence: { file: `${name}/x`, line: 1, text: name } }],
    });
    for (const more of [{}, { ascii: true }, { verbose: true }]) {
      const text = traceText(trace, { width, ...more });
      expect(text).not.toMatch(UNSAFE);
      for (const line of text.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(width);
    }
  }
});

test('colours change no words', () => {
  const trace = traceOf('partly', [lost, good]);
  const colored = traceText(trace, { color: true });
  expect(colored).toContain('\x1b[1;33mpartly\x1b[0m');
  expect(colored.replace(/\x1b\[[\d;]*m/g, '')).toBe(traceText(trace));
});

test('the folder of the files is told in one line', () => {
  const deep = `/var/lib/${'cases-of-this-year/'.repeat(8)}bundle`;
  const step = {
    ...stepOf('send', 'node-1', 'x'),
    evidence: [{ file: `${deep}/node-1/ip-route.txt`, line: 1, text: 'x' }],
  };
  const text = traceText(traceOf('delivered', [outcomeOf('10.0.1.1', { request: [step] })]));
  expect(text).toMatch(/^files below \/var\/…\/.*\/bundle\/node-1\/$/m);
});

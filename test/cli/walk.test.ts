import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { reachJsonSchema, traceJsonSchema } from '../../src/report/path/schema.js';
import { BROKEN, dumplint, HEALTHY, root } from './built.js';

const BIRD = 'samples/bundles/bird-stopped';
const ajv = new Ajv2020({ allErrors: true, validateFormats: false });
const schemaOf = (name: string): object => JSON.parse(readFileSync(join(root, 'schema', name), 'utf8'));
const isTrace = ajv.compile(schemaOf('trace-1.json'));
const isReach = ajv.compile(schemaOf('reach-1.json'));

const folder = mkdtempSync(join(tmpdir(), 'dumplint-walk-'));
afterAll(() => rmSync(folder, { recursive: true }));
function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test('the shipped schemas are what the types say', () => {
  expect(schemaOf('trace-1.json')).toEqual(JSON.parse(JSON.stringify(traceJsonSchema())));
  expect(schemaOf('reach-1.json')).toEqual(JSON.parse(JSON.stringify(reachJsonSchema())));
});

describe('trace', () => {
  test('a lost answer: who, where, by which line, and that a ping saw the same', () => {
    const { status, stdout } = dumplint(['trace', BROKEN, 'node:node-2', '10.244.0.2']);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^dropped: the reply of pod kube-system\/coredns-\S+ dies on node-1,\scni0: cni0 does not forward/,
    );
    expect(stdout).toMatch(/node-1\/sysctl\.txt:\d+ {2}net\.ipv4\.conf\.cni0\.forwarding = 0/);
    expect(stdout).toMatch(
      /OBSERVED\n {2}ping: none of \d+ answered; the walk agrees\n {4}\S*ping-10\.244\.0\.2\.txt:\d+ {2}PING/,
    );
    expect(stdout).not.toMatch(/icmp port/);
    expect(stdout).not.toContain('\x1b');
  });

  test.each([
    [HEALTHY, ['node:node-1', 'svc:default/web'], 'delivered', 0],
    [BROKEN, ['node:node-2', '10.244.0.2'], 'dropped', 1],
    [BIRD, ['node:node-1', 'svc:default/web', '--proto', 'tcp', '--port', '80'], 'partly', 1],
  ] as const)('%s %j as JSON keeps to the schema: %s', (bundle, words, verdict, exit) => {
    const { status, stdout } = dumplint(['trace', bundle, ...words, '--json']);
    const answer = JSON.parse(stdout);
    isTrace(answer);
    expect(isTrace.errors).toBeNull();
    expect(answer.verdict).toBe(verdict);
    expect(status).toBe(exit);
  });

  test('a packet that does not fit: the sender is told, and hears it', () => {
    const words = ['trace', HEALTHY, '10.244.0.2', '10.244.1.2', '--size', '1480', '--df', '--json'];
    expect(JSON.parse(dumplint(words).stdout).because).toMatchObject({
      step: 'mtu',
      answer: 'icmp fragmentation-needed 1450',
      heard: { verdict: 'heard' },
    });
  });

  test('what is asked of TCP and UDP rests on a source port, and the page says which', () => {
    const words = ['trace', HEALTHY, 'node:node-1', '10.244.1.2', '--proto', 'udp', '--port', '53'];
    expect(dumplint(words).stdout).toMatch(/ASSUMED\n(?: {2}.*\n)*? {2}the packet is sent from port 40000: /);
    expect(dumplint(['trace', HEALTHY, 'node:node-1', '10.244.1.2']).stdout).not.toContain('port 40000');
  });

  test.each([HEALTHY, fileOf('nothing.txt', 'nothing that dumplint knows\n')])(
    'between two hosts that %s does not know nothing is known',
    (bundle) => {
      const { status, stdout, stderr } = dumplint(['trace', bundle, '192.0.2.1', '192.0.2.2']);
      expect(stdout).toMatch(/^unknown: it hangs on what was not captured: a node between the two ends/);
      expect([status, stderr]).toEqual([3, '']);
    },
  );

  test.each([
    [['node:node-9', '10.244.0.2'], /No node is called node-9.*Did you mean/s],
    [['svc:default/web', '10.244.0.2'], /a service is only a destination/],
    [['node:node-1'], /No input was given/],
  ] as const)('%j is answered by a sentence', (words, says) => {
    const { status, stderr } = dumplint(['trace', HEALTHY, ...words]);
    expect(stderr).toMatch(says);
    expect(status).toBe(2);
  });
});

describe('reach', () => {
  test('all arrives in a healthy cluster', () => {
    const { status, stdout } = dumplint(['reach', HEALTHY]);
    expect(stdout).toMatch(/^all arrive: of 72 pairs 72 arrive\n/);
    expect(stdout).toContain('pods of node-1…node-3  . . . . .');
    expect(status).toBe(0);
  });

  test('one cause is told once, with its line and a command to see more', () => {
    const { status, stdout } = dumplint(['reach', BROKEN]);
    expect(stdout).toMatch(/^lost: of 72 pairs 12 are lost and 22 partly, by 1 cause; 38 arrive\n/);
    expect(stdout.match(/cni0 does not forward/g)).toHaveLength(1);
    expect(stdout).toMatch(
      /sysctl\.txt:\d+ {2}net\.ipv4\.conf\.cni0\.forwarding = 0\n {4}34 pairs lose a packet there:/,
    );
    const command = /see {2}dumplint (trace .*)/.exec(stdout)?.[1]?.split(' ') ?? [];
    expect(dumplint(command).status).toBe(1);
    expect(status).toBe(1);
    expect(dumplint(['reach', BROKEN, '--fail-on', 'never']).status).toBe(0);
  });

  test.each([HEALTHY, BROKEN, BIRD])('%s as JSON keeps to the schema', (bundle) => {
    const answer = JSON.parse(dumplint(['reach', bundle, '--json']).stdout);
    isReach(answer);
    expect(isReach.errors).toBeNull();
    expect(answer.probes.length).toBeGreaterThan(60);
  });

  test('a bundle in which nobody can be asked says so', () => {
    const { status, stdout, stderr } = dumplint(['reach', fileOf('none.txt', 'nothing\n')]);
    expect(stdout).toMatch(/^not known: the captures show no two ends/);
    expect([status, stderr]).toEqual([3, '']);
  });

  test('an endpoint that is lost elsewhere than its pair says has its own cause', () => {
    const { probes } = JSON.parse(dumplint(['reach', BIRD, '--json']).stdout);
    const own = probes.flatMap((p: { outcomes: { because?: object }[] }) => p.outcomes.filter((o) => o.because));
    expect(own.length).toBeGreaterThan(0);
  });

  test('probes of a file: in lines, and as JSON', () => {
    const lines = fileOf(
      'probes.txt',
      '# to the DNS\nnode:node-1 10.244.1.2 udp/53\n\nnode:node-2 10.244.0.2 size=1400 df # big\nnode:node-7 10.244.0.2\n',
    );
    const { status, stdout } = dumplint(['reach', BROKEN, '--probes', lines, '--json']);
    const { probes } = JSON.parse(stdout);
    expect(probes.map((p: { verdict: string }) => p.verdict)).toEqual(['delivered', 'dropped', 'unknown']);
    expect(probes[1]).toMatchObject({ size: 1400, df: true });
    isReach(JSON.parse(stdout));
    expect(isReach.errors).toBeNull();
    expect(probes[2].missing[0].detail).toMatch(/No node is called node-7/);
    expect(status).toBe(1);
    expect(dumplint(['reach', BROKEN, '--probes', lines]).stdout).toMatch(
      /node-2 to 10\.244\.0\.2 \(icmp, 1400 octets, DF\)[\s\S]*see {2}dumplint trace \S+ node:node-2 10\.244\.0\.2 --size 1400 --df\n/,
    );
    const same = fileOf(
      'probes.json',
      JSON.stringify([{ src: 'node:node-1', dst: '10.244.1.2', proto: 'udp', port: 53 }]),
    );
    expect(dumplint(['reach', BROKEN, '--probes', same]).stdout).toContain(
      'delivered  node-1 to 10.244.1.2 (udp port 53)',
    );
  });

  test.each([
    ['node:node-1 10.244.1.2 sctp/1', /probes-bad:1: `sctp\/1` says nothing/],
    ['\nnode:node-1', /probes-bad:2: two ends are needed/],
    ['node:node-1 10.244.1.2 tcp/99999', /probes-bad:1: port 99999 is not between 1 and 65535/],
    ['node:node-1 10.244.1.2 udp', /probes-bad:1: --proto udp needs a port/],
    ['# nothing', /has no probe/],
    ['[{"src":"a"}]', /probes-bad:1: probe 1, dst: /],
    [
      '[\n  {"src":"node:node-1","dst":"10.244.1.2","proto":"icmp"},\n  {"src":"node:node-1",\n   "dst":"10.244.1.2","proto":"sctp"}\n]',
      /probes-bad:4: probe 2, proto: /,
    ],
    ['[\n  {"src":"node:node-1"\n   "dst":"10.244.1.2"}]', /probes-bad:3: not JSON/],
    [
      '[\n\n  {"src":"node:node-1","dst":"10.244.1.2","proto":"udp"}]',
      /probes-bad:3: probe 1: --proto udp needs a port/,
    ],
    ['[{"src":"node:node-1",\n"dst":"10.244.1.2","proto":"udp","port":01}]', /probes-bad:2: no JSON/],
  ])('the probes %j are answered by a sentence', (text, says) => {
    const { status, stderr } = dumplint(['reach', HEALTHY, '--probes', fileOf('probes-bad', text)]);
    expect(stderr).toMatch(says);
    expect(status).toBe(2);
  });
});

import { readFile } from '../../src/capture/file.js';
import { parsers } from '../../src/parsers/index.js';

/** Outputs that stand in comments without the command that printed them. */
async function read(text: string) {
  const bytes = new TextEncoder().encode(text);
  const { captures } = await readFile({ path: 'paste', inner: 'paste', bytes }, 0, 0, parsers, '.');
  return captures.map(({ command, completeness, firstLine, facts }) => ({
    command,
    completeness,
    firstLine,
    facts: facts.length,
  }));
}

const ROUTES = [
  'Kernel IP routing table',
  'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface',
  '0.0.0.0         192.168.50.1    0.0.0.0         UG    100    0        0 eth0',
  '10.244.0.0      0.0.0.0         255.255.255.0   U     0      0        0 cni0',
];
const RULES = ['*filter', ':INPUT ACCEPT [0:0]', ':FORWARD DROP [0:0]', '-A FORWARD -i cni0 -j ACCEPT', 'COMMIT'];
const behind = (mark: string, lines: readonly string[]) => lines.map((line) => mark + line);
const routes = { command: 'route-n', completeness: 'full', firstLine: 1, facts: 2 };

test.each(['// ', '//', '# ', '#', '; ', '-- ', '> '])('behind "%s"', async (mark) =>
  expect(await read(behind(mark, ROUTES).join('\n'))).toEqual([routes]),
);

test('between paragraphs and in a fence, at its own lines', async () => {
  const said = ['The routes of that node look like this:', ''];
  const asked = ['', 'What is wrong with them?'];
  expect(await read([...said, ...behind('// ', ROUTES), ...asked].join('\n'))).toEqual([{ ...routes, firstLine: 3 }]);
  const fenced = [...said, '```', ...behind('# ', ROUTES), '```', ...asked];
  expect(await read(fenced.join('\n'))).toEqual([{ ...routes, firstLine: 4 }]);
});

test('two outputs that run into each other', async () => {
  const rules = ['0:\tfrom all lookup local', '32766:\tfrom all lookup main', '32767:\tfrom all lookup default'];
  const both = await read([...behind('// ', ROUTES), '//', ...behind('// ', rules)].join('\n'));
  expect(both).toEqual([routes, { command: 'ip-rule', completeness: 'full', firstLine: 6, facts: 3 }]);
});

test('a session is told by its prompt below a remark', async () => {
  const session = ['On the first node:', 'root@node-1:~# route -n', ...ROUTES];
  expect(await read(behind('// ', session).join('\n'))).toEqual([{ ...routes, firstLine: 3 }]);
});

test('slashes comment no rule of a firewall; in a file of rules or settings the other signs do', async () => {
  expect(await read(behind('// ', RULES).join('\n'))).toMatchObject([{ command: 'iptables-save' }]);
  expect(await read(behind('# ', RULES).join('\n'))).toEqual([]);
  const settings = ['net.ipv4.ip_forward = 1', 'net.ipv4.conf.all.rp_filter = 1'];
  expect(await read(behind('# ', settings).join('\n'))).toEqual([]);
  expect(await read(behind('# ', ['nameserver 10.96.0.10', 'search svc.cluster.local']).join('\n'))).toEqual([]);
});

test('remarks above code are none, whatever they mention', async () => {
  const code = ['// default via the gateway', '// eth0 is the uplink', 'func main() { listen("10.0.0.1:80") }'];
  expect(await read(code.join('\n'))).toEqual([]);
});

test.each([
  ['> ', ROUTES],
  ['>', ROUTES],
  ['> $ route -n\n', ROUTES],
  ['> ', ['1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN', '    inet 127.0.0.1/8 scope host lo']],
])('a quotation whose sign only its first line has: %j', async (sign, lines) => {
  const quoted = `That is what it prints:\n\n${sign}${lines.join('\n')}\n\nNothing else is there.\n`;
  expect(await read(quoted)).toMatchObject([{ facts: 2 }]);
  expect(await read(`${sign}${lines.join('\n')}\n`)).toMatchObject([{ facts: 2 }]);
});

test('what curl sends is no quotation', async () => {
  const lines = ['* Connected to 10.43.0.10 (10.43.0.10) port 80', '', '> GET / HTTP/1.1', '* Empty reply from server'];
  const bytes = new TextEncoder().encode(`$ curl -v http://10.43.0.10\n${lines.join('\n')}\n`);
  const { captures } = await readFile({ path: 'paste', inner: 'paste', bytes }, 0, 0, parsers, '.');
  expect(captures.map((c) => [c.command, c.gaps])).toEqual([['curl', []]]);
});

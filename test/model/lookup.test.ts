import { load } from '../../src/index.js';
import { lookUp, ownersOfAddress, type Selector, vtepOfSubnet } from '../../src/model/lookups/index.js';

async function* once(text: string) {
  yield new TextEncoder().encode(text);
}

const read = async (text: string) => (await load(['-'], { stdin: once(text) })).model;

/** Answer of the model in the words of `ip route get`: device, or what else happens. */
async function get(text: string, destination: string, packet: Selector = {}): Promise<string> {
  const [node] = (await read(text)).nodes;
  if (!node) throw new Error('no node was read');
  const facts = { route: node.host.facts('route'), 'policy-rule': node.host.facts('policy-rule') };
  const found = lookUp(facts, destination, (scope) => node.host.absence('route', scope), packet);
  if (found.kind === 'route') return found.route.nexthops[0]?.dev ?? found.route.type;
  return found.kind === 'unknown' ? `unknown: ${found.missing}` : found.kind;
}

const MAIN = `root@n1:~# ip route
default via 192.168.50.1 dev eth0
10.244.0.0/16 dev tun0 scope link
10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink
10.244.1.0/24 via 192.168.50.9 dev eth1 metric 50
blackhole 10.9.0.0/16
`;
const RULES = (line: string) => `root@n1:~# ip rule
0:\tfrom all lookup local
${line}
32766:\tfrom all lookup main
32767:\tfrom all lookup default
`;

describe('lookUp', () => {
  test.each([
    ['10.244.1.7', 'flannel.1'],
    ['10.244.2.7', 'tun0'],
    ['8.8.8.8', 'eth0'],
    ['10.9.1.1', 'blackhole'],
  ])('longest prefix, then lowest metric: %s by %s', async (destination, expected) => {
    expect(await get(MAIN, destination)).toBe(expected);
  });

  test('routes and rules of a TOS say nothing of packets without one', async () => {
    const some = `${MAIN}blackhole 10.244.1.0/24 tos 0x10\n${RULES('100:\tfrom all tos 0x10 lookup 200')}`;
    expect(await get(some, '10.244.1.7')).toBe('flannel.1');
  });

  test('without a default route there is no answer, and only a whole table proves it', async () => {
    const some = MAIN.replace('default via 192.168.50.1 dev eth0\n', '');
    expect(await get(some, '8.8.8.8')).toBe('none');
    expect(await get(some.replace('ip route', 'ip route | grep 10'), '8.8.8.8')).toBe('unknown: table main');
  });

  test('a rule before main decides when its table was dumped, and leaves the answer open when it was not', async () => {
    const table = 'root@n1:~# ip route show table 200\ndefault via 10.0.0.1 dev eth9\n';
    expect(await get(`${MAIN}${RULES('100:\tfrom all lookup 200')}${table}`, '8.8.8.8')).toBe('eth9');
    expect(await get(`${MAIN}${RULES('100:\tfrom all lookup 200')}`, '8.8.8.8')).toBe('unknown: table 200');
  });

  test('a jump of the rules passes over those before its target, and `nop` over none', async () => {
    const rules = `root@n1:~# ip rule
0:\tfrom all lookup local
120:\tfrom all goto 32766
200:\tfrom all prohibit
300:\tfrom all nop
32766:\tfrom all lookup main
32767:\tfrom all lookup default
`;
    expect(await get(`${MAIN}${rules}`, '10.244.1.7')).toBe('flannel.1');
    expect(await get(`${MAIN}${rules.replace('from all goto', 'from 10.9.9.9 goto')}`, '10.244.1.7')).toBe(
      'unknown: whether rule 120 selects the packet',
    );
  });

  test('a row of /proc/net/route, which tells no TOS, is the route that ip route tells with one', async () => {
    const text = `root@n1:~# ip route
blackhole 10.244.2.0/24 tos 0x10
10.244.2.0/24 via 192.168.50.12 dev eth0
root@n1:~# cat /proc/net/route
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
*\t0002F40A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t0002F40A\t0C32A8C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;
    const [node] = (await read(text)).nodes;
    expect(node?.host.facts('route').map((r) => [r.type, r.tos])).toEqual([
      ['blackhole', '0x10'],
      ['unicast', undefined],
    ]);
  });

  test.each([
    ['100:\tfrom all uidrange 1000-2000 unreachable', 'eth0'],
    ['100:\tfrom all uidrange 0-0 unreachable', 'refused'],
    ['100:\tfrom all tun_id 7 unreachable', 'eth0'],
  ])('what is forwarded is of no user but root, and came out of no tunnel with a key: %s', async (rule, expected) => {
    expect(await get(`${MAIN}${RULES(rule)}`, '8.8.8.8')).toBe(expected);
  });

  test('a rule that asks for the source needs one', async () => {
    const text = `${MAIN}${RULES('100:\tfrom 10.1.0.0/16 lookup 200')}root@n1:~# ip route show table 200\ndefault via 10.0.0.1 dev eth9\n`;
    expect(await get(text, '8.8.8.8', { source: '10.1.2.3' })).toBe('eth9');
    expect(await get(text, '8.8.8.8', { source: '10.2.2.3' })).toBe('eth0');
    expect(await get(text, '8.8.8.8')).toMatch(/^unknown/);
  });

  test('throw goes on with the next rule, prohibit refuses, suppress_prefixlength skips the default route', async () => {
    const thrown = `${MAIN}${RULES('100:\tfrom all lookup 200')}root@n1:~# ip route show table 200\nthrow default\n`;
    expect(await get(thrown, '8.8.8.8')).toBe('eth0');
    expect(await get(`${MAIN}${RULES('100:\tfrom all to 8.8.8.0/24 prohibit')}`, '8.8.8.8')).toBe('refused');
    const vpn = `${MAIN}root@n1:~# ip rule\n0:\tfrom all lookup local\n10:\tfrom all lookup main suppress_prefixlength 0\n20:\tfrom all lookup 51820\n32766:\tfrom all lookup main\nroot@n1:~# ip route show table 51820\ndefault dev wg0 scope link\n`;
    expect(await get(vpn, '8.8.8.8')).toBe('wg0');
    expect(await get(vpn, '10.244.1.7')).toBe('flannel.1');
  });
});

test('owner of an address and VTEP of a subnet', async () => {
  const model = await read(`root@n1:~# ip addr
3: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default
    link/ether 1a:67:b5:21:7c:3d brd ff:ff:ff:ff:ff:ff
    inet 10.244.1.0/32 scope global flannel.1
       valid_lft forever preferred_lft forever
root@n2:~# ip addr
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default
    link/ether 06:09:97:f5:e4:ac brd ff:ff:ff:ff:ff:ff
    inet 192.168.50.12/24 scope global eth0
       valid_lft forever preferred_lft forever
`);
  expect(ownersOfAddress(model.nodes, '192.168.50.12').map((n) => n.name)).toEqual(['n2']);
  expect(ownersOfAddress(model.nodes, '192.168.50.99')).toEqual([]);
  expect(vtepOfSubnet(model.nodes, '10.244.1.0/24')).toMatchObject({
    dev: 'flannel.1',
    lladdr: '1a:67:b5:21:7c:3d',
    node: { name: 'n1' },
  });
  expect(vtepOfSubnet(model.nodes, '10.244.2.0/24')).toBeUndefined();
});

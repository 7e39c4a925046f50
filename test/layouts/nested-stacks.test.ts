import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';

const addr = (ip: string): string =>
  `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    inet 127.0.0.1/8 scope host lo
2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    inet ${ip} scope global eth0
`;
const route = (via: string): string => `default via ${via} dev eth0 \n`;

const stacksOf = (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  withFiles(files, async (folder) => {
    const { model } = await load([folder]);
    return model.nodes
      .flatMap((n) => [n.host, ...n.others])
      .map(
        (s) =>
          `${s.node}/${s.netns}: ${s
            .facts('address')
            .map((a) => a.address)
            .filter((a) => a !== '127.0.0.1')}`,
      )
      .sort();
  });

const NODES = {
  'node-1/ip-addr.txt': addr('192.168.50.11/24'),
  'node-1/ip-route.txt': route('192.168.50.1'),
  'node-2/ip-addr.txt': addr('192.168.50.12/24'),
  'node-2/ip-route.txt': route('192.168.50.1'),
};
const stack = (folder: string, ip: string): Readonly<Record<string, string>> => ({
  [`${folder}/ip-addr.txt`]: addr(ip),
  [`${folder}/ip-route.txt`]: route('10.244.0.1'),
});

describe('folders in the folder of a node', () => {
  test('that repeat what shows its stack are namespaces of its pods', async () => {
    const pods = { ...stack('node-1/pods/web-1', '10.244.0.2/24'), ...stack('node-1/pods/web-2', '10.244.0.3/24') };
    expect(await stacksOf({ ...NODES, ...pods })).toEqual([
      'node-1/: 192.168.50.11',
      'node-1/web-1: 10.244.0.2',
      'node-1/web-2: 10.244.0.3',
      'node-2/: 192.168.50.12',
    ]);
  });

  test('need no folder above them', async () => {
    const pods = stack('node-2/web-1', '10.244.1.2/24');
    expect(await stacksOf({ ...NODES, ...pods })).toContain('node-2/web-1: 10.244.1.2');
  });

  test('that sort its files are its own', async () => {
    const files = { ...NODES, 'node-1/network/ip-rule.txt': '0:\tfrom all lookup local\n' };
    expect(await stacksOf(files)).toEqual(['node-1/: 192.168.50.11', 'node-2/: 192.168.50.12']);
  });

  test('of several moments are the node at each', async () => {
    const files = { ...NODES, ...stack('node-1/before', '192.168.50.11/24') };
    expect(await stacksOf(files)).toEqual(['node-1/: 192.168.50.11', 'node-2/: 192.168.50.12']);
  });
});

test('folders that sort by topic are no nodes beside those of nodes, and no machine that is called like the ticket', async () => {
  const files = {
    ...NODES,
    'tests/ping.txt':
      'PING 10.244.1.5 (10.244.1.5) 56(84) bytes of data.\n\n--- 10.244.1.5 ping statistics ---\n3 packets transmitted, 0 received, 100% packet loss, time 2031ms\n',
    'config/10-flannel.conflist': '{"name":"cbr0","cniVersion":"0.3.1","plugins":[{"type":"flannel"}]}\n',
    'backup/resolv.conf': 'nameserver 192.168.50.1\n',
  };
  const nodes = await withFiles(files, async (folder) => (await load([folder])).model.nodes.map((n) => n.name));
  expect(nodes).toEqual(['node-1', 'node-2', 'unknown-1']);
});

import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';

const ID = '3f2c9d0b5e6a4f1c8b7d0e9a6c5b4a39';
const OTHER = '9d0b3f2c5e6a4f1c8b7d0e9a6c5b4a11';

const addr = (
  address: string,
): string => `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether 06:09:97:f5:e4:ac brd ff:ff:ff:ff:ff:ff
    inet ${address}/24 scope global eth0
       valid_lft forever preferred_lft forever
`;

const nodes = (...all: readonly (readonly [name: string, ip: string, id: string])[]): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: all.map(([name, ip, id]) => ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: {
        addresses: [
          { type: 'InternalIP', address: ip },
          { type: 'Hostname', address: name },
        ],
        nodeInfo: { machineID: id, kernelVersion: '6.1.0', osImage: 'Debian' },
      },
    })),
  });

/** The same without what is said. */
const names = async (files: Readonly<Record<string, string>>) => (await joined(files)).map((row) => row.slice(0, 3));

/** Each captured host with what it was joined to, and what is said of it. */
const joined = (files: Readonly<Record<string, string>>) =>
  withFiles(files, async (folder) => {
    const { model } = await load([folder]);
    return model.nodes.map((n) => [n.name, n.kubernetesName, n.confidence, n.evidence.map((e) => e.says)]);
  });

describe('machine-id', () => {
  test('joins a host to the Kubernetes node that has it', async () =>
    expect(
      await joined({
        'box-7/etc/machine-id': `${ID}\n`,
        'box-7/ip-route': 'default via 10.0.0.1 dev eth0\n',
        'nodes.json': nodes(['worker-1', '10.0.0.11', ID], ['worker-2', '10.0.0.12', OTHER]),
      }),
    ).toEqual([
      ['box-7', 'worker-1', 'certain', [`machine-id ${ID} is this host's`, `machine-id ${ID} is that of worker-1`]],
    ]));

  test('hostnamectl prints it too, and the dashes of an SMBIOS id are none', async () =>
    expect(
      await names({
        'box-7/hostnamectl': `   Static hostname: box-7\n         Icon name: computer-vm\n        Machine ID: ${ID}\n           Boot ID: ${OTHER}\n  Operating System: Debian GNU/Linux 12\n            Kernel: Linux 6.1.0\n      Architecture: x86-64\n`,
        'nodes.json': nodes([
          'worker-1',
          '10.0.0.11',
          ID.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-').toUpperCase(),
        ]),
      }),
    ).toEqual([['box-7', 'worker-1', 'certain']]));

  test('of a node that is not all there is, only as likely', async () =>
    expect(
      await names({
        'box-7/etc/machine-id': `${ID}\n`,
        'box-7/ip-route': 'default via 10.0.0.1 dev eth0\n',
        'box-8/ip-route': 'default via 10.0.0.1 dev eth0\n',
        'nodes.json': nodes(['worker-1', '10.0.0.11', ID]),
      }),
    ).toEqual([
      ['box-7', 'worker-1', 'likely'],
      ['box-8', undefined, 'certain'],
    ]));

  test('cloned images: several nodes have it, so it joins nothing and that is said', async () =>
    expect(
      await joined({
        'box-7/etc/machine-id': `${ID}\n`,
        'box-7/ip-route': 'default via 10.0.0.1 dev eth0\n',
        'nodes.json': nodes(['worker-1', '10.0.0.11', ID], ['worker-2', '10.0.0.12', ID]),
      }),
    ).toEqual([
      [
        'box-7',
        undefined,
        'certain',
        [`machine-id ${ID} is also that of worker-1, worker-2: images of machines were cloned, so it joins no names`],
      ],
    ]));

  test('cloned images: the one node that has it has another address', async () =>
    expect(
      await joined({
        'box-7/etc/machine-id': `${ID}\n`,
        'box-7/ip-addr': addr('10.0.0.77'),
        'nodes.json': nodes(['worker-1', '10.0.0.11', ID]),
      }),
    ).toEqual([
      [
        'box-7',
        undefined,
        'certain',
        [`machine-id ${ID} is also that of worker-1: images of machines were cloned, so it joins no names`],
      ],
    ]));

  test('an address is surer', async () =>
    expect(
      await names({
        'box-7/etc/machine-id': `${ID}\n`,
        'box-7/ip-addr': addr('10.0.0.12'),
        'nodes.json': nodes(['worker-1', '10.0.0.11', ID], ['worker-2', '10.0.0.12', OTHER]),
      }),
    ).toEqual([['box-7', 'worker-2', 'certain']]));

  test('two hosts with one id stay two: clones by other addresses, one machine by the same', async () => {
    const hosts = (b: string) => ({
      'a/etc/machine-id': `${ID}\n`,
      'a/ip-addr': addr('10.0.0.11'),
      'b/etc/machine-id': `${ID}\n`,
      'b/ip-addr': addr(b),
    });
    expect(await joined(hosts('10.0.0.12'))).toEqual([
      [
        'a',
        undefined,
        'certain',
        [`machine-id ${ID} is also that of b: images of machines were cloned, so it joins no names`],
      ],
      [
        'b',
        undefined,
        'certain',
        [`machine-id ${ID} is also that of a: images of machines were cloned, so it joins no names`],
      ],
    ]);
    expect((await joined(hosts('10.0.0.11')))[0]?.[3]).toEqual([
      `machine-id ${ID} is also that of b: with the same address, one machine under several names`,
    ]);
  });
});

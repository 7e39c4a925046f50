import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, traceProbe } from '../../src/path/index.js';
import type { Probe } from '../../src/path/types.js';
import { withFiles } from '../folder.js';
import { bundleOf, filesOf } from './judged-cases.js';

/**
 * What real kernels did now so, now so, between one capture and the next: a healthy cluster of the judge, edited as its cases were. The walk must not
 * choose one of the two.
 */
const healthy = bundleOf('kubeadm-flannel', 'healthy');

type Edits = Readonly<Record<string, (text: string) => string>>;

async function ask(base: Readonly<Record<string, string>>, edits: Edits, probe: Probe) {
  const files = { ...base };
  for (const [path, edit] of Object.entries(edits)) {
    const text = edit(base[path] ?? '');
    expect(text).not.toBe(base[path]);
    files[path] = text;
  }
  const traced = await withFiles(files, async (folder) => traceProbe(makeWorld((await load([folder])).model), probe));
  if (traced.kind !== 'trace') throw new Error(traced.says);
  return { verdict: traced.trace.verdict, missing: traced.trace.missing.map((m) => m.input) };
}

const all = (from: string, to: string) => (text: string) => text.replaceAll(from, to);
const ping = (src: string, dst: string): Probe => ({ src, dst, proto: 'icmp' });

const [NODE_1, NODE_2] = ['06:09:97:f5:e4:ac', 'de:ba:1e:46:1c:70'] as const;

const clones: Edits = {
  'node-2/ip-link.txt': all(NODE_2, NODE_1),
  'node-2/ip-addr.txt': all(NODE_2, NODE_1),
  'node-1/ip-neigh.txt': all(NODE_2, NODE_1),
  'node-3/ip-neigh.txt': all(NODE_2, NODE_1),
};

test('a switch sends what is for two machines with one lladdr to whichever spoke last', async () => {
  expect(await ask(healthy, clones, ping('node:node-3', 'node:node-1'))).toEqual({
    verdict: 'unknown',
    missing: [`which of node-1 eth0 and node-2 eth0 gets frames for ${NODE_1}`],
  });
  expect(await ask(healthy, clones, ping('node:node-3', '192.168.50.200'))).toMatchObject({ verdict: 'delivered' });
});

const [POD_1, POD_2] = ['8e:e4:1c:d8:37:f0', 'c6:33:0b:92:a4:c4'] as const;

test('a bridge sends what is for two pods with one lladdr to whichever spoke last', async () => {
  const twins: Edits = {
    'node-1/netns-1001/ip-link.txt': all(POD_1, POD_2),
    'node-1/netns-1001/ip-addr.txt': all(POD_1, POD_2),
    'node-1/ip-neigh.txt': all(POD_1, POD_2),
    'node-1/bridge-fdb.txt': (t) => t.replace(/^8e:e4:1c:d8:37:f0 .*\n/m, ''),
  };
  for (const pod of ['10.244.0.2', '10.244.0.3'])
    expect(await ask(healthy, twins, ping('node:node-3', pod))).toEqual({
      verdict: 'unknown',
      missing: [`behind which of veth6e82793e and veth51fe59d1 ${POD_2} spoke last`],
    });
});

describe('of two machines with one address', () => {
  const local: Edits = {
    'node-2/ip-route.txt': (t) => `${t.trimEnd()}\nlocal 192.168.50.11 dev eth0 table local scope host \n`,
  };
  const onCard: Edits = {
    'node-2/ip-addr.txt': (t) =>
      t.replace(
        /^ {4}inet 192\.168\.50\.12\/24 .*$/m,
        (own) => `${own}\n    inet 192.168.50.11/24 scope global secondary eth0`,
      ),
  };
  const learnt: Edits = {
    'node-1/ip-neigh.txt': (t) => `${t.trimEnd()}\n192.168.50.11 dev eth0 lladdr de:ba:1e:46:1c:70 STALE \n`,
  };

  test.each([
    ['on a card', { ...local, ...onCard }],
    ['that somebody has learnt', { ...local, ...learnt }],
  ])('either may teach its lladdr: one %s', async (_, twice) => {
    expect(await ask(healthy, twice, ping('node:node-3', '192.168.50.11'))).toEqual({
      verdict: 'unknown',
      missing: ['which machine 192.168.50.11 is on eth0'],
    });
  });

  test('the one asks with it of nobody that has it as a local route alone', async () => {
    expect(await ask(healthy, local, ping('node:node-3', '192.168.50.11'))).toEqual({
      verdict: 'delivered',
      missing: [],
    });
  });
});

test('a next hop without carrier may keep its share', async () => {
  const hops: Edits = {
    'node-1/ip-route.txt': (t) =>
      t.replace(
        /^10\.244\.1\.0\/24 .*$/m,
        '10.244.1.0/24 \n\tnexthop via 10.244.1.0 dev flannel.1 weight 1 onlink \n\tnexthop via 172.17.0.9 dev docker0 weight 1 onlink dead linkdown ',
      ),
    'node-1/ip-link.txt': (t) =>
      `${t.trimEnd()}\n90: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN mode DEFAULT group default \n    link/ether 02:42:ac:11:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 \n    bridge forward_delay 1500 \n`,
    'node-1/ip-netconf.txt': (t) =>
      `${t.trimEnd()}\ninet docker0 forwarding on rp_filter off mc_forwarding off proxy_neigh off ignore_routes_with_linkdown on \n`,
  };
  expect(await ask(healthy, hops, ping('node:node-1', '10.244.1.2'))).toEqual({
    verdict: 'unknown',
    missing: ['whether next hop 172.17.0.9 of 10.244.1.0/24, which has no carrier, still gets its share'],
  });
});

test('what is behind the NAT of a virtual machine may lead to the network that the node lost its route to', async () => {
  const machines = filesOf(join(import.meta.dirname, '..', '..', 'samples', 'bundles', 'wrong-interface'));
  const lost: Edits = { 'node-1/ip-route.txt': (t) => t.replace(/^192\.168\.56\.0\/24 dev enp0s8 .*\n/m, '') };
  expect(await ask(machines, lost, ping('192.168.56.200', 'node:node-1'))).toEqual({
    verdict: 'unknown',
    missing: ['the network behind enp0s3'],
  });
});

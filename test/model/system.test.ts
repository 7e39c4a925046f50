import { load } from '../../src/index.js';
import { lineOf } from '../../src/kit/index.js';
import type { Stack } from '../../src/model/types.js';
import { withFiles } from '../folder.js';

const ON_A = 'root@a:~# ';

async function hostOf(files: Readonly<Record<string, string>>): Promise<Stack> {
  const { model } = await withFiles(files, (folder) => load([folder]));
  const host = model.node('a')?.host;
  if (!host) throw new Error(`no node a among ${model.nodes.map((n) => n.name).join(', ')}`);
  return host;
}
const pasted = (...lines: string[]): Promise<Stack> => hostOf({ 'paste.txt': `${lines.join('\n')}\n` });

const LISTENERS = [
  'Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port',
  'udp   UNCONN 0      0            0.0.0.0:53         0.0.0.0:*',
  'tcp   LISTEN 0      128          0.0.0.0:22         0.0.0.0:*',
];

describe('sockets', () => {
  test('a listing of TCP and UDP proves a listener of either absent, and no raw socket', async () => {
    const host = await pasted(`${ON_A}ss -lntu`, ...LISTENERS);
    expect(host.absence('socket', { protocol: 'udp' }).known).toBe(true);
    expect(host.absence('socket', { protocol: 'tcp' }).known).toBe(true);
    expect(host.absence('socket', { protocol: 'raw' }).known).toBe(false);
    expect(host.absence('connections', { protocol: 'tcp' }).known).toBe(false);
  });

  test('a later listing of TCP leaves what UDP sockets there were', async () => {
    const host = await pasted(
      `${ON_A}ss -lntu`,
      ...LISTENERS,
      `${ON_A}ss -lnt`,
      'State  Recv-Q Send-Q Local Address:Port  Peer Address:Port',
      'LISTEN 0      128          0.0.0.0:80         0.0.0.0:*',
    );
    expect(host.facts('socket').map((s) => `${s.protocol} ${s.port}`)).toEqual(['udp 53', 'tcp 80']);
  });

  test('of a pod they are none of the node', async () => {
    const host = await pasted(`${ON_A}ss -lntu`, ...LISTENERS, `${ON_A}ss -N blue -lnt`, ...LISTENERS);
    expect(host.facts('socket')).toHaveLength(2);
  });
});

test('counters that a poorer listing adds leave the evidence where the device is described', async () => {
  const host = await hostOf({
    'a/ip-link':
      '2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1450 qdisc fq state UP mode DEFAULT group default \n    link/ether 16:88:4f:00:36:49 brd ff:ff:ff:ff:ff:ff\n',
    'a/proc/net/dev':
      'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n  eth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n',
  });
  const [eth0] = host.facts('link');
  expect(eth0).toMatchObject({ name: 'eth0', index: 2, mtu: 1450, counters: { rxErrors: 3, txDropped: 8 } });
  expect(eth0 && lineOf(eth0.at)).toBe(1);
});

test('what the file of a unit and its state say stands together', async () => {
  const host = await pasted(
    `${ON_A}systemctl is-active kubelet`,
    'failed',
    `${ON_A}systemctl list-unit-files`,
    'UNIT FILE       STATE   VENDOR PRESET',
    'kubelet.service enabled enabled',
  );
  expect(host.facts('unit')).toMatchObject([{ name: 'kubelet.service', active: 'failed', enabled: 'enabled' }]);
});

test('a module that is loaded stays so when modinfo finds its file', async () => {
  const host = await pasted(
    `${ON_A}lsmod`,
    'Module                  Size  Used by',
    'br_netfilter           32768  0',
    `${ON_A}modinfo br_netfilter`,
    'filename:       /lib/modules/5.15.0-91-generic/kernel/net/bridge/br_netfilter.ko',
    'name:           br_netfilter',
  );
  expect(host.facts('module').map((m) => m.state)).toEqual(['loaded', 'available']);
});

test('a tree of proc/sys says what sysctl -a says', async () => {
  const host = await hostOf({
    'a/ip-rule': '0:\tfrom all lookup local\n',
    'a/proc/sys/net/ipv4/ip_forward': '1\n',
    'a/proc/sys/net/ipv4/conf/all/rp_filter': '0\n',
    'a/proc/sys/net/ipv4/conf/flannel.1/rp_filter': '2\n',
    'a/proc/sys/kernel/hostname': 'node-1\n',
    'a/proc/sys/vm/swappiness': '60\n',
  });
  expect(host.facts('sysctl').map((s) => `${s.key}=${s.value}`)).toEqual([
    'kernel.hostname=node-1',
    'net.ipv4.conf.all.rp_filter=0',
    'net.ipv4.conf.flannel/1.rp_filter=2',
    'net.ipv4.ip_forward=1',
  ]);
  expect(host.facts('netconf').map((n) => `${n.scope} ${n.dev} ${n.key} ${n.value}`)).toEqual([
    'all  rp_filter 0',
    'device flannel.1 rp_filter 2',
  ]);
  expect(host.absence('sysctl', { key: 'net.bridge.bridge-nf-call-iptables' }).known).toBe(false);
});

import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';

/** Where a collector's files are of, as far as its name for them and its folders tell: captures by place, `node` or `cluster`. */
const placesOf = (files: Readonly<Record<string, string>>): Promise<Readonly<Record<string, readonly string[]>>> =>
  withFiles(files, async (folder) => {
    const { model } = await load([folder]);
    const places: Record<string, string[]> = {};
    for (const { place, path } of model.captures) {
      const where = place.kind === 'cluster' ? 'the cluster' : place.node;
      places[where] = [...(places[where] ?? []), path.slice(path.lastIndexOf('/') + 1)].sort();
    }
    return places;
  });

const ROUTES = 'default via 192.168.50.1 dev eth0 \n';
const LOG = 'I0312 09:14:01.000000       1 main.go:212] ok\n';
const CONTAINER = `2026-03-12T09:14:01.000000000Z stderr F ${LOG}`;
const JOURNAL = 'Mar 12 09:14:02 node-1 systemd[1]: Started kubelet.service.\n';
const PODS = [1, 2].map((n) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `canal-x7k2${n + 3}`, namespace: 'kube-system' },
  spec: { nodeName: `node-${n}`, hostNetwork: true },
}));
const podList = JSON.stringify({ kind: 'PodList', apiVersion: 'v1', items: PODS });

describe('Rancher', () => {
  const top = 'node-1-2026-03-12_09_14_02';
  const base = { [`${top}/networking/iproute`]: ROUTES, [`${top}/systeminfo/hostname`]: 'node-1\n' };

  test("logs that lie in the node's own folders are of that node", async () => {
    const files = {
      ...base,
      [`${top}/rke2/podlogs/kube-system_canal-x7k24_0123/kube-flannel/0.log`]: CONTAINER,
      [`${top}/k8s/podlogs/k8s_kube-flannel_canal-x7k24_kube-system_0123_0`]: LOG,
      [`${top}/kubeadm/containers-varlogs/canal-x7k24_kube-system_kube-flannel-0123.log`]: CONTAINER,
    };
    expect(Object.keys(await placesOf(files))).toEqual(['node-1']);
  });

  test('those that kubectl gave are of whatever node the pod runs on', async () => {
    const files = {
      ...base,
      [`${top}/rke2/podlogs/kube-system-canal-x7k25`]: LOG,
      [`${top}/rke2/podlogs/kube-system-canal-x7k25-previous`]: LOG,
      [`${top}/rke2/kubectl/pods.json`]: podList,
    };
    expect(await placesOf(files)).toMatchObject({
      'node-2': ['kube-system-canal-x7k25', 'kube-system-canal-x7k25-previous'],
    });
  });
});

test('kind: what stands beside the nodes is of the machine that runs them, which is none', async () => {
  const files = {
    'logs/kind-version.txt': 'kind v0.24.0 go1.22.6 linux/amd64\n',
    'logs/docker-info.txt':
      'Server:\n Containers: 3\n Kernel Version: 6.1.0\n Operating System: Debian\n Name: laptop\n',
    'logs/kind-worker/journal.log': JOURNAL.replace('node-1', 'kind-worker'),
    'logs/kind-worker/pods/kube-system_kube-proxy-x7k24_0123/kube-proxy/0.log': CONTAINER,
  };
  expect(await placesOf(files)).toEqual({
    'kind-worker': ['0.log', 'journal.log'],
    'the cluster': ['docker-info.txt'],
  });
});

describe('sos', () => {
  test.each([
    ['sosreport-node-1.12345-20260312091402', 'node-1'],
    ['sosreport-node-1-20260312091402', 'node-1'],
    ['sosreport-node-1-0471100-2026-03-12-abcdefg', 'node-1'],
    ['sosreport-node-1-2026-03-12-abcdefg', 'node-1'],
    ['sosreport-host0-2026-03-12-abcdefg-obfuscated', 'host0'],
  ])('%s is of %s', async (top, node) => {
    expect(Object.keys(await placesOf({ [`${top}/sos_commands/networking/ip_route`]: ROUTES }))).toEqual([node]);
  });

  test('what sos collect says of its own run is of no node', async () => {
    const top = 'sos-collector-2026-03-12-abcde';
    const files = {
      [`${top}/sosreport-node-1-2026-03-12-abcdefg/sos_commands/networking/ip_route`]: ROUTES,
      [`${top}/sosreport-node-2-2026-03-12-abcdefg/sos_commands/networking/ip_route`]: ROUTES,
      [`${top}/sos_logs/sos.log`]: '2026-03-12 09:14:02,000 INFO: [archive:TarFileArchive] finalising archive\n',
    };
    expect(Object.keys(await placesOf(files)).sort()).toEqual(['node-1', 'node-2', 'the cluster']);
  });
});

describe('troubleshoot.sh', () => {
  test('copies of remote hosts have the node before their name, as all that is collected there', async () => {
    const files = Object.fromEntries(
      ['node-1', 'node-2'].flatMap((node) => [
        [`b/host-collectors/run-host/${node}/ip-route-table.txt`, ROUTES],
        [`b/host-collectors/cni/net.d/${node}/10-flannel.conflist`, '{"name":"cbr0","plugins":[{"type":"flannel"}]}\n'],
      ]),
    );
    const own = ['10-flannel.conflist', 'ip-route-table.txt'];
    expect(await placesOf(files)).toEqual({ 'node-1': own, 'node-2': own });
  });

  test('on one machine folders are those of the copy', async () => {
    const files = {
      'b/host-collectors/run-host/ip-route-table.txt': ROUTES,
      'b/host-collectors/run-host/hostnames.txt': 'hostname = node-1\nuname -n = node-1\n',
      'b/host-collectors/cni/net.d/10-flannel.conflist': '{"name":"cbr0","plugins":[{"type":"flannel"}]}\n',
    };
    expect(Object.keys(await placesOf(files))).toEqual(['node-1']);
  });

  test('folders of logs are called by the pod', async () => {
    const files = {
      'b/cluster-resources/pods/kube-system.json': podList,
      'b/kots/kurl/flannel/canal-x7k24/kube-flannel.log': LOG,
      'b/cluster-resources/pods/logs/kube-system/canal-x7k25/kube-flannel.log': LOG,
    };
    expect(await placesOf(files)).toMatchObject({ 'node-1': ['kube-flannel.log'], 'node-2': ['kube-flannel.log'] });
  });
});

test('must-gather: what was run in a pod of the host network is of its node', async () => {
  const top = 'must-gather.local.1/quay-io-digest';
  const pod = `${top}/namespaces/openshift-sriov-network-operator/pods/canal-x7k24`;
  const files = {
    [`${top}/cluster-scoped-resources/core/nodes/node-1.json`]:
      '{"kind":"Node","apiVersion":"v1","metadata":{"name":"node-1"}}',
    [`${pod}/canal-x7k24.json`]: JSON.stringify(PODS[0]),
    [`${pod}/ip_link`]:
      '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\n',
    [`${pod}/kernel-cmdline`]: 'BOOT_IMAGE=(hd0,gpt3)/vmlinuz root=UUID=1 ro\n',
    [`${top}/network_logs/ipsec/xfrm/canal-x7k24_state`]:
      'src 192.168.50.11 dst 192.168.50.12\n\tproto esp spi 0xc1 reqid 16397 mode transport\n\treplay-window 0 \n',
  };
  expect((await placesOf(files))['node-1']).toEqual(['canal-x7k24_state', 'ip_link', 'kernel-cmdline']);
});

import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';

/** Machines whose name is a pod's: their prompts and folders show the pod's namespace, and no node. */
const PODS = `NAMESPACE     NAME                  READY   STATUS    RESTARTS   AGE   IP              NODE     NOMINATED NODE   READINESS GATES
default       web-6d4f7c8b9d-kng8k  1/1     Running   0          26h   10.244.1.3      node-2   <none>           <none>
kube-system   kube-proxy-9tc2v      1/1     Running   0          26h   192.168.50.11   node-1   <none>           <none>
`;
const ADDRESSES = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    inet 127.0.0.1/8 scope host lo
2: eth0@if5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000
    inet 10.244.1.3/24 scope global eth0
`;

const stacksOf = (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  withFiles(files, async (folder) => {
    const { model } = await load([folder]);
    return model.nodes
      .flatMap((n) => [n.host, ...n.others])
      .filter((s) => s.facts('address').length > 0)
      .map((s) => `${s.node}/${s.netns}`);
  });

test('the prompt of a shell in a pod', async () => {
  const session = `root@web-6d4f7c8b9d-kng8k:/# ip addr\n${ADDRESSES}root@web-6d4f7c8b9d-kng8k:/# exit\n`;
  const text = `[root@node-1 ~]# kubectl get pods -A -o wide\n${PODS}${session}`;
  expect(await stacksOf({ 'ticket.txt': text })).toEqual(['node-2/web-6d4f7c8b9d-kng8k']);
});

test.each(['web-6d4f7c8b9d-kng8k', 'pod-web-6d4f7c8b9d-kng8k', 'default_web-6d4f7c8b9d-kng8k'])(
  'a folder called %s',
  async (folder) => {
    const files = {
      'cluster/kubectl-get-pods-A-o-wide.txt': PODS,
      'node-1/ip-addr.txt': ADDRESSES.replace('10.244.1.3', '192.168.50.11'),
      [`${folder}/ip-addr.txt`]: ADDRESSES,
    };
    expect(await stacksOf(files)).toEqual(['node-1/', 'node-2/web-6d4f7c8b9d-kng8k']);
  },
);

test('a pod of the host network has no namespace of its own', async () => {
  const text = `[root@node-1 ~]# kubectl get pods -A -o wide\n${PODS}root@kube-proxy-9tc2v:/# ip addr\n${ADDRESSES}`;
  expect(await stacksOf({ 'ticket.txt': text })).toEqual(['kube-proxy-9tc2v/']);
});

test('a folder of a pod of the host network is the node itself', async () => {
  const files = {
    'cluster/kubectl-get-pods-A-o-wide.txt': PODS,
    'node-2/ip-addr.txt': ADDRESSES.replace('10.244.1.3', '192.168.50.12'),
    'kube-proxy-9tc2v/ip-rule.txt': '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n',
  };
  const rules = await withFiles(files, async (folder) => {
    const { model } = await load([folder]);
    return model.nodes.filter((n) => n.host.facts('policy-rule').length > 0).map((n) => n.name);
  });
  expect(rules).toEqual(['node-1']);
});

/** A node whose bridge has the pods of 10.244.<n>.0/24. */
const nodeOf = (n: number): string =>
  `${ADDRESSES.replace('eth0@if5', 'eth0').replace(/10\.244\.1\.3/, `192.168.50.1${n}`)}3: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000
    inet 10.244.${n}.1/24 scope global cni0
`;
const NODES = { 'node-1/ip-addr.txt': nodeOf(0), 'node-2/ip-addr.txt': nodeOf(1) };

test('the folder of a pod that nothing lists is told by its address', async () => {
  expect(await stacksOf({ ...NODES, 'shop-7c9x2/ip-addr.txt': ADDRESSES })).toEqual([
    'node-1/',
    'node-2/',
    'node-2/shop-7c9x2',
  ]);
});

test.each([
  ['what is called like the nodes was meant as one', 'node-3', ADDRESSES],
  ['an address that no node gives to pods', 'shop-7c9x2', ADDRESSES.replace('10.244.1.3', '10.99.1.3')],
  ['a machine has more than one device', 'shop-7c9x2', `${nodeOf(7)}`.replace('192.168.50.17', '10.244.1.17')],
])('%s', async (_, folder, text) => {
  expect(await stacksOf({ ...NODES, [`${folder}/ip-addr.txt`]: text })).toEqual(['node-1/', 'node-2/', `${folder}/`]);
});

/** Where collectors put logs of pods, and what they call them. */
test.each([
  'namespaces/kube-system/pods/kube-proxy-9tc2v/kube-proxy/kube-proxy/logs/current.log',
  'namespaces/default/pods/web-6d4f7c8b9d-kng8k/web/web/logs/current.log',
])('the log %s is of the node that its pod runs on', async (path) => {
  const files = {
    'cluster-scoped-resources/core/pods.txt': PODS,
    [path]: 'I0312 09:14:01.000000       1 server.go:1] "Using iptables Proxier"\n',
  };
  const nodes = await withFiles(files, async (folder) => (await load([folder])).model.nodes.map((n) => n.name));
  expect(nodes).toEqual([path.includes('web') ? 'node-2' : 'node-1']);
});

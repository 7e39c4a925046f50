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

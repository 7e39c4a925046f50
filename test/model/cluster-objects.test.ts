import { load } from '../../src/index.js';
import type { ClusterModel } from '../../src/model/types.js';
import { withFiles } from '../folder.js';

const modelOf = (files: Readonly<Record<string, string>>): Promise<ClusterModel> =>
  withFiles(files, async (folder) => (await load([folder])).model);
const pasted = (...lines: string[]): Promise<ClusterModel> => modelOf({ 'paste.txt': `${lines.join('\n')}\n` });

const PROMPT = 'root@a:~# ';
const DS = [
  'NAME         DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE',
  'kube-proxy   3         3         3       3            3           <none>          9d',
];
const DEPLOY = ['NAME      READY   UP-TO-DATE   AVAILABLE   AGE', 'coredns   2/2     2            2           9d'];

describe('a listing speaks of its own kinds', () => {
  test('pods tell nothing of nodes, an empty list of pods tells that there are none', async () => {
    const m = await pasted(`${PROMPT}kubectl get pods -A`, 'No resources found');
    expect(m.absence('pod').known).toBe(true);
    expect(m.absence('node')).toEqual({ known: false, reason: 'not-captured' });
  });

  test('a failure is one of what was asked for', async () => {
    const m = await pasted(
      `${PROMPT}kubectl get nodes -o yaml`,
      'Error from server (Forbidden): nodes is forbidden: User "x" cannot list resource "nodes" in API group ""',
    );
    expect(m.absence('node')).toMatchObject({ known: false, reason: 'permission-denied' });
    expect(m.absence('service')).toEqual({ known: false, reason: 'not-captured' });
  });

  test('namespaces look like nodes and say nothing of them', async () => {
    const m = await pasted('NAME      STATUS   AGE', 'default   Active   9d');
    expect(m.absence('node').known).toBe(false);
  });

  test('daemonsets say nothing of deployments, and replace none', async () => {
    const m = await pasted(
      `${PROMPT}kubectl -n kube-system get deploy`,
      ...DEPLOY,
      `${PROMPT}kubectl -n kube-system get ds`,
      ...DS,
    );
    expect(m.facts('workload').map((w) => `${w.type} ${w.name}`)).toEqual([
      'Deployment coredns',
      'DaemonSet kube-proxy',
    ]);
    expect(m.absence('workload', { type: 'DaemonSet', namespace: 'kube-system' }).known).toBe(true);
    expect(m.absence('workload', { type: 'StatefulSet', namespace: 'kube-system' }).known).toBe(false);
  });

  test('one object is no list, be it without a command line', async () => {
    const m = await modelOf({
      'pool.yaml':
        'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata:\n  name: a\nspec:\n  cidr: 10.50.0.0/16\n',
    });
    expect(m.facts('ip-pool')).toHaveLength(1);
    expect(m.absence('ip-pool')).toMatchObject({ known: false, reason: 'filtered' });
  });

  test("BIRD's protocols are no routes", async () => {
    const m = await pasted(
      `${PROMPT}birdcl show protocols`,
      'BIRD 1.6.8 ready.',
      'name     proto    table    state  since       info',
    );
    expect(m.node('a')?.host.absence('bird-protocol').known).toBe(true);
    expect(m.node('a')?.host.absence('bird-route').known).toBe(false);
  });

  test("flannel's configuration is no listing of its leases", async () => {
    const m = await pasted(`${PROMPT}etcdctl get /coreos.com/network/config`, '{"Network":"10.60.0.0/16"}');
    expect(m.facts('flannel-config')).toHaveLength(1);
    expect(m.absence('flannel-lease').known).toBe(false);
  });
});

describe('a poorer form of one object', () => {
  const yaml = [
    `${PROMPT}kubectl get nodes -o yaml`,
    'apiVersion: v1',
    'items:',
    '- apiVersion: v1',
    '  kind: Node',
    '  metadata:',
    '    name: n1',
    '  spec:',
    '    podCIDR: 10.244.0.0/24',
    '  status:',
    '    addresses:',
    '    - address: 10.0.0.1',
    '      type: InternalIP',
    '    conditions:',
    '    - status: "True"',
    '      type: Ready',
    'kind: List',
  ];
  const narrow = [
    `${PROMPT}kubectl get nodes`,
    'NAME   STATUS     ROLES    AGE   VERSION',
    'n1     NotReady   <none>   9d    v1.29.1',
  ];

  test('keeps what only the richer one tells, and says what is new', async () => {
    const [n1] = (await pasted(...yaml, ...narrow)).facts('node');
    expect(n1).toMatchObject({
      ready: false,
      podCidrs: ['10.244.0.0/24'],
      internalIps: ['10.0.0.1'],
      version: 'v1.29.1',
    });
  });

  test('a pod with another address is another pod', async () => {
    const head = 'NAME   READY   STATUS    RESTARTS   AGE   IP           NODE';
    const m = await pasted(
      `${PROMPT}kubectl get pods -o wide`,
      head,
      'db-0   1/1     Running   0          9d    10.244.0.5   n1',
      `${PROMPT}kubectl get pods -o wide | grep db`,
      'db-0   0/1     Pending   0          1s    10.244.1.7   <none>',
    );
    expect(m.facts('pod')).toMatchObject([{ ips: ['10.244.1.7'], status: 'Pending' }]);
    expect(m.facts('pod')[0]).not.toHaveProperty('node');
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, traceProbe } from '../../src/path/index.js';
import type { Probe, Trace } from '../../src/path/types.js';
import { withFiles } from '../folder.js';

/**
 * kube-proxy's ipvs mode, from net/netfilter/ipvs/ip_vs_core.c (machine.test.ts has what a kernel with ip_vs answered):
 * the cluster is the sample `healthy` with kube-proxy's rules, sets and device of that mode (pkg/proxy/ipvs/proxier.go).
 */
const root = join(import.meta.dirname, '..', '..', 'samples', 'bundles', 'healthy');
const NODES = ['node-1', 'node-2', 'node-3'];
const VIRTUAL = ['10.96.0.1', '10.96.0.10', '10.96.0.80', '10.96.0.99'];
const ADDRESS: Readonly<Record<string, string>> = {
  'node-1': '192.168.50.11',
  'node-2': '192.168.50.12',
  'node-3': '192.168.50.13',
};

const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8');

const IPTABLES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:FLANNEL-FWD - [0:0]
:KUBE-FORWARD - [0:0]
:KUBE-IPVS-FILTER - [0:0]
:KUBE-NODE-PORT - [0:0]
-A INPUT -m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-FILTER
-A INPUT -m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
-A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT
-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A KUBE-IPVS-FILTER -m set --match-set KUBE-CLUSTER-IP dst,dst -j RETURN
-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT --reject-with icmp-port-unreachable
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-NODE-PORT - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-NODE-PORT -p tcp -m comment --comment "Kubernetes nodeport TCP port for masquerade purpose" -m set --match-set KUBE-NODE-PORT-TCP dst -j KUBE-MARK-MASQ
-A KUBE-POSTROUTING -m comment --comment "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose" -m set --match-set KUBE-LOOP-BACK dst,dst,src -j MASQUERADE
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
-A KUBE-SERVICES -s 127.0.0.0/8 -j RETURN
-A KUBE-SERVICES ! -s 10.244.0.0/16 -m comment --comment "Kubernetes service cluster ip + port for masquerade purpose" -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT
-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT
COMMIT
`;

const SETS = `create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536
add KUBE-CLUSTER-IP 10.96.0.1,tcp:443
add KUBE-CLUSTER-IP 10.96.0.10,udp:53
add KUBE-CLUSTER-IP 10.96.0.10,tcp:53
add KUBE-CLUSTER-IP 10.96.0.80,tcp:80
add KUBE-CLUSTER-IP 10.96.0.99,tcp:80
create KUBE-IPVS-IPS hash:ip family inet hashsize 1024 maxelem 65536
${VIRTUAL.map((ip) => `add KUBE-IPVS-IPS ${ip}`).join('\n')}
create KUBE-LOOP-BACK hash:ip,port,ip family inet hashsize 1024 maxelem 65536
add KUBE-LOOP-BACK 10.244.0.3,tcp:8080,10.244.0.3
add KUBE-LOOP-BACK 10.244.1.3,tcp:8080,10.244.1.3
add KUBE-LOOP-BACK 10.244.2.2,tcp:8080,10.244.2.2
create KUBE-NODE-PORT-TCP bitmap:port range 0-65535
add KUBE-NODE-PORT-TCP 30080
`;

/** The destinations of `web` as one asks for them. */
const WEB = ['10.244.0.3', '10.244.1.3', '10.244.2.2'];
interface Options {
  readonly conntrack?: '0' | '1';
  readonly filter?: false;
  readonly weights?: readonly number[];
  readonly web?: readonly string[];
}

function services(node: string, { weights = [1, 1, 1], web = WEB }: Options): string {
  const rows = web
    .map((ip, i) => `  -> ${ip}:8080              Masq    ${weights[i]}      0          0         \n`)
    .join('');
  return `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  ${ADDRESS[node]}:30080 rr
${rows}TCP  10.96.0.1:443 rr
  -> 192.168.50.11:6443           Masq    1      0          0         
TCP  10.96.0.80:80 rr
${rows}TCP  10.96.0.99:80 rr
TCP  10.96.0.10:53 rr
  -> 10.244.0.2:53                Masq    1      0          0         
  -> 10.244.1.2:53                Masq    1      0          0         
UDP  10.96.0.10:53 rr
  -> 10.244.0.2:53                Masq    1      0          0         
  -> 10.244.1.2:53                Masq    1      0          0         
`;
}

const DEVICE = `90: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default 
    link/ether 7e:42:13:5f:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 0 maxmtu 0 
    dummy 
${VIRTUAL.map((ip) => `    inet ${ip}/32 scope global kube-ipvs0\n       valid_lft forever preferred_lft forever\n`).join('')}`;

function filesOf(options: Options): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(join(root, 'cluster'))) files[`cluster/${name}`] = read('cluster', name);
  for (const node of NODES) {
    for (const name of readdirSync(join(root, node))) files[`${node}/${name}`] = read(node, name);
    files[`${node}/iptables-save.txt`] =
      options.filter === false ? IPTABLES.replace(/^.* REJECT .*\n/gm, '') : IPTABLES;
    files[`${node}/ipset.txt`] = SETS;
    files[`${node}/ipvsadm.txt`] = services(node, options);
    files[`${node}/ip-addr.txt`] += DEVICE;
    files[`${node}/ip-link.txt`] += DEVICE.replace(/^ {4}(?:inet|dummy|.*valid_lft).*\n/gm, '');
    files[`${node}/ip-route.txt`] += VIRTUAL.map(
      (ip) => `local ${ip} dev kube-ipvs0 table local proto kernel scope host src ${ip} \n`,
    ).join('');
    files[`${node}/sysctl.txt`] += `net.ipv4.vs.conntrack = ${options.conntrack ?? '1'}\n`;
  }
  return files;
}

const walked = (probe: Probe, options: Options = {}): Promise<Trace> =>
  withFiles(filesOf(options), async (bundle) => {
    const traced = traceProbe(makeWorld((await load([bundle])).model), probe);
    if (traced.kind === 'error') throw new Error(traced.says);
    return traced.trace;
  });

const told = ({ verdict, outcomes, because, missing }: Trace): unknown => ({
  verdict,
  outcomes: outcomes.map((o) => `${o.endpoint} ${o.verdict} ${o.share.toFixed(2)} from ${o.seenSource}`),
  ...(because && { because: because.reason }),
  ...(missing.length > 0 && { missing: missing.map((m) => m.input) }),
});

const TOOLBOX = 'pod:default/toolbox-5c9d8f7b64-88nlj';
const SERVICE = { dst: '10.96.0.80', proto: 'tcp', port: 80 } as const;

describe('services in ipvs mode', () => {
  test('a pod reaches each destination with its own address', async () => {
    expect(told(await walked({ src: TOOLBOX, ...SERVICE }))).toEqual({
      verdict: 'delivered',
      outcomes: WEB.map((ip) => `${ip} delivered 0.33 from 10.244.2.3`),
    });
  });

  test('a node is masqueraded, for its source would be the service address itself', async () => {
    const { verdict, outcomes } = await walked({ src: 'node:node-2', ...SERVICE });
    expect(verdict).toBe('delivered');
    expect(outcomes.map((o) => [o.endpoint, o.seenSource])).toEqual([
      ['10.244.0.3', '10.244.1.0'],
      ['10.244.1.3', '10.244.1.1'],
      ['10.244.2.2', '10.244.1.0'],
    ]);
  });

  test('a destination that asks its own service sees its node', async () => {
    const { verdict, outcomes } = await walked({ src: 'pod:default/web-6d4f7c8b9d-bxjph', ...SERVICE });
    expect(verdict).toBe('delivered');
    expect(outcomes.map((o) => [o.endpoint, o.seenSource])).toEqual([
      ['10.244.0.3', '10.244.2.2'],
      ['10.244.1.3', '10.244.2.2'],
      ['10.244.2.2', '10.244.2.1'],
    ]);
  });

  test('a node port leads to pods of other nodes, masqueraded', async () => {
    const { verdict, outcomes } = await walked({ src: 'node:node-3', dst: '192.168.50.11', proto: 'tcp', port: 30080 });
    expect(verdict).toBe('delivered');
    expect(outcomes.map((o) => o.seenSource)).toEqual(['10.244.0.1', '10.244.0.0', '10.244.0.0']);
  });

  test('datagrams are balanced as connections are', async () => {
    const trace = await walked({ src: TOOLBOX, dst: '10.96.0.10', proto: 'udp', port: 53 });
    expect(trace.verdict).toBe('delivered');
    expect(trace.outcomes.map((o) => o.endpoint)).toEqual(['10.244.0.2', '10.244.1.2']);
  });

  test('a destination without weight gets nothing new', async () => {
    const trace = await walked({ src: TOOLBOX, ...SERVICE }, { weights: [0, 1, 1] });
    expect(trace.outcomes.map((o) => o.endpoint)).toEqual(['10.244.1.3', '10.244.2.2']);
  });

  test('a service without destinations refuses', async () => {
    const trace = await walked({ src: TOOLBOX, dst: '10.96.0.99', proto: 'tcp', port: 80 });
    expect(trace.verdict).toBe('dropped');
    expect(trace.because).toMatchObject({ node: 'node-3', answer: 'icmp port-unreachable' });
  });

  test('a port that is no service is refused by the filter of the service addresses', async () => {
    const trace = await walked({ src: TOOLBOX, dst: '10.96.0.80', proto: 'tcp', port: 81 });
    expect(trace.verdict).toBe('dropped');
    expect(trace.because).toMatchObject({ node: 'node-3', answer: 'icmp port-unreachable' });
    expect(trace.because?.reason).toContain('KUBE-IPVS-IPS');
  });

  test('IPVS leaves pings alone: the filter decides, and without it the node itself answers', async () => {
    const ping = { src: TOOLBOX, dst: '10.96.0.80', proto: 'icmp' } as const;
    expect((await walked(ping)).because?.reason).toContain('KUBE-IPVS-IPS');
    expect(told(await walked(ping, { filter: false }))).toEqual({
      verdict: 'delivered',
      outcomes: ['10.96.0.80 delivered 1.00 from 10.244.2.3'],
    });
  });

  test('without conntrack of its own nothing is masqueraded', async () => {
    const trace = await walked({ src: 'node:node-2', ...SERVICE }, { conntrack: '0' });
    expect(trace.outcomes.map((o) => o.seenSource)).not.toContain('10.244.1.0');
    expect(trace.verdict).not.toBe('delivered');
  });

  test('a destination that nobody has is lost, and the others are not', async () => {
    const trace = await walked({ src: TOOLBOX, ...SERVICE }, { web: ['10.244.1.3', '10.244.1.77'], weights: [1, 1] });
    expect(trace.outcomes.map((o) => `${o.endpoint} ${o.verdict}`)).toContain('10.244.1.3 delivered');
    expect(trace.verdict).not.toBe('delivered');
  });
});

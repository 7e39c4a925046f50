import { DEVICE } from '../../kube-proxy-ipvs.mjs';
import { casesOf } from './case.mjs';

/** kube-proxy's ipvs mode: services and destinations of the kernel's balancer, their addresses, the sets and the marks. */

const needs = ['ipvs'];
const WEB = (topology) => topology.services.find((s) => s.name === 'web');

/** `ipvsadm …` on a node; the whole table comes back as it was. */
function ipvsadm(on, cluster, node, ...lines) {
  const { lab } = cluster;
  const before = lab.exec(node.name, ['ipvsadm', '-Sn']).stdout;
  for (const line of lines) {
    on.said(node.name, `ipvsadm ${line}`);
    lab.exec(node.name, ['ipvsadm', ...line.split(' ')]);
  }
  on.back(() => {
    lab.exec(node.name, ['ipvsadm', '-C']);
    lab.exec(node.name, ['ipvsadm', '-R'], { input: before });
  });
}

const web = (cluster) => {
  const { clusterIp, ports } = WEB(cluster.topology);
  return `${clusterIp}:${ports[0].port}`;
};
const real = (pod) => `${pod.address}:8080`;
const webPods = ({ topology }) => topology.nodes.flatMap((n) => n.pods.filter((p) => p.app === 'web'));
const everywhere = (cluster, make) => {
  for (const node of cluster.topology.nodes) make(node);
};

export const ipvs = casesOf('ipvs', {
  'conntrack-off': {
    needs,
    kernel: 'Flows that IPVS rewrites are not tracked further: nothing masquerades them.',
    make: (on, _at, cluster) =>
      everywhere(cluster, (node) => {
        cluster.lab.exec(node.name, ['sysctl', '-qw', 'net.ipv4.vs.conntrack=0']);
        on.said(node.name, 'sysctl -w net.ipv4.vs.conntrack=0');
        on.back(() => void cluster.lab.exec(node.name, ['sysctl', '-qw', 'net.ipv4.vs.conntrack=1']));
      }),
  },
  'no-destination': {
    needs,
    kernel: 'A service without destinations: the sender is told that the port is closed.',
    make: (on, at, cluster) =>
      ipvsadm(on, cluster, at.node, ...webPods(cluster).map((p) => `-d -t ${web(cluster)} -r ${real(p)}`)),
  },
  'weight-0': {
    needs,
    kernel: 'A destination without weight gets no new connection.',
    make: (on, at, cluster) =>
      ipvsadm(on, cluster, at.node, `-e -t ${web(cluster)} -r ${real(webPods(cluster)[0])} -m -w 0`),
  },
  'weight-0-all': {
    needs,
    kernel: 'No destination has weight.',
    make: (on, at, cluster) =>
      ipvsadm(on, cluster, at.node, ...webPods(cluster).map((p) => `-e -t ${web(cluster)} -r ${real(p)} -m -w 0`)),
  },
  'stale-destination': {
    needs,
    kernel: 'One of the destinations is nobody.',
    make: (on, at, cluster) =>
      ipvsadm(
        on,
        cluster,
        at.node,
        `-a -t ${web(cluster)} -r ${at.node.podCidr.replace(/\d+\/\d+$/, '77')}:8080 -m -w 1`,
      ),
  },
  'service-missing': {
    needs,
    kernel: 'The node holds the address and no service: nobody listens there.',
    make: (on, at, cluster) => ipvsadm(on, cluster, at.node, `-D -t ${web(cluster)}`),
  },
  'table-empty': {
    needs,
    kernel: 'No service at all.',
    make: (on, at, cluster) => ipvsadm(on, cluster, at.node, '-C'),
  },
  'address-missing': {
    needs,
    kernel: "The node does not hold the service's address: a packet for it is routed on, past the balancer.",
    make: (on, at, cluster) =>
      on.ip(at.node.name, `address delete ${WEB(cluster.topology).clusterIp}/32 dev ${DEVICE}`),
  },
  'device-missing': {
    needs,
    kernel: "No service's address is held.",
    make: (on, at) => on.ip(at.node.name, `link delete ${DEVICE}`),
  },
  'device-up': {
    needs,
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.ip(at.node.name, `link set ${DEVICE} up`),
  },
  'masquerade-mark-missing': {
    needs,
    kernel: 'Node ports of pods elsewhere are answered past the node that was asked.',
    make: (on, at) =>
      on.table(at.node.name, 'nat', (lines) =>
        lines.filter((l) => !/^-A KUBE-(NODE-PORT|SERVICES) .*KUBE-MARK-MASQ/.test(l)),
      ),
  },
  'masquerade-missing': {
    needs,
    kernel: 'Marked flows keep their source.',
    make: (on, at) =>
      on.table(at.node.name, 'nat', (lines) => lines.filter((l) => !/^-A KUBE-POSTROUTING .*MASQUERADE/.test(l))),
  },
  'cluster-ip-set-empty': {
    needs,
    kernel: "The filter of the services' addresses takes the service for a closed port.",
    make(on, at, cluster) {
      const { clusterIp, ports } = WEB(cluster.topology);
      on.ipsetDelete(at.node.name, 'KUBE-CLUSTER-IP', `${clusterIp},tcp:${ports[0].port}`);
    },
  },
  'input-drops-service': {
    needs,
    kernel: "What IPVS takes has passed INPUT's filter first.",
    make(on, at, cluster) {
      on.rule(at.node.name, `-I INPUT 1 -d ${WEB(cluster.topology).clusterIp} -j DROP`);
    },
  },
  'input-drops-endpoint-port': {
    needs,
    kernel: "INPUT sees the service's port, not that of the pods.",
    harmless: true,
    make: (on, at) => on.rule(at.node.name, '-I INPUT 1 -p tcp --dport 8080 -s 10.244.0.0/16 -j DROP'),
  },
  'output-drops-endpoint-port': {
    needs,
    kernel: 'What IPVS sends to a destination passes OUTPUT.',
    make: (on, at) => on.rule(at.node.name, '-I OUTPUT 1 -p tcp --dport 8080 -d 10.244.0.0/16 -j DROP'),
  },
  'forward-drops-endpoint-port': {
    needs,
    kernel: 'What IPVS sends to a destination does not pass FORWARD; the answer does.',
    make: (on, at) => on.rule(at.node.name, '-I FORWARD 1 -p tcp --dport 8080 -d 10.244.0.0/16 -j DROP'),
  },
  'answers-dropped-in-forward': {
    needs,
    kernel: "The answers of destinations pass FORWARD on the balancer's node.",
    make: (on, at) => on.rule(at.node.name, '-I FORWARD 1 -p tcp --sport 8080 -s 10.244.0.0/16 -j DROP'),
  },
  'rp-filter-strict': {
    needs,
    kernel: 'What comes from pods and peers comes where the way back leads.',
    make: (on, at) => on.sysctl(at.node.name, { 'net/ipv4/conf/all/rp_filter': 1 }),
  },
  'ip-forward-off': {
    needs,
    kernel: 'IPVS sends what came in by another device only where forwarding is on.',
    make: (on, at) => on.sysctl(at.node.name, { 'net/ipv4/ip_forward': 0 }),
  },
  'scheduler-source-hash': {
    needs,
    kernel: 'One client always gets the same destination.',
    make: (on, at, cluster) => ipvsadm(on, cluster, at.node, `-E -t ${web(cluster)} -s sh`),
  },
  'tunnel-forwarding': {
    needs,
    kernel: 'A destination that is sent to by direct routing gets the packet unchanged.',
    make: (on, at, cluster) =>
      ipvsadm(
        on,
        cluster,
        at.node,
        ...webPods(cluster).map((p) => `-e -t ${web(cluster)} -r ${real(p).replace(':8080', ':80')} -g -w 1`),
      ),
  },
});

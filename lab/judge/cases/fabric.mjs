import { macOf, podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { bridgeUnder, gatewayOf, hostDevice, linksOf, nicOf, routeFor, tunnelLink, underlayOf } from './shape.mjs';
import { remake } from './vxlan.mjs';

/** Devices, bridges and tunnels in the ways that administrators and other programs build them. */
const conf = (dev, key) => `net/ipv4/conf/${dev}/${key}`;
const free = (at, last) => at.node.internalIp.replace(/\d+$/, String(last));
const lladdrOf = (cluster, ns, name) => linksOf(cluster, ns).find((l) => l.ifname === name).address;
const port = (cluster, at) => hostDevice(cluster, at.node, at.pod);
const addressOn = ({ lab }, ns, dev) =>
  /inet (\S+)/.exec(lab.ip(ns, ['-4', '-o', 'addr', 'show', 'dev', dev]).stdout)[1];
const bridge = (on, cluster, ns, line, back) => {
  on.said(ns, `bridge ${line}`);
  cluster.lab.exec(ns, ['bridge', ...line.split(' ')]);
  on.back(() => void cluster.lab.exec(ns, ['bridge', ...back.split(' ')], { mayFail: true }));
};
/** What the node knows of the peer's tunnel end. */
const tunnelEntry = (cluster, at) => ({
  device: tunnelLink(cluster, at.node).ifname,
  mac: tunnelLink(cluster, at.peer).address,
  dst: underlayOf(cluster, at.peer),
});

export const fabric = casesOf('fabric', {
  'port-entry-is-local': {
    needs: ['bridge', 'siblings'],
    kernel: 'Lost: what siblings send to that pod: the bridge takes its frames for its own, which its stack does not.',
    make(on, at, cluster) {
      const dev = port(cluster, at);
      bridge(
        on,
        cluster,
        at.node.name,
        `fdb replace ${at.pod.mac} dev ${dev} master permanent`,
        `fdb delete ${at.pod.mac} dev ${dev} master`,
      );
    },
  },
  'bridge-entry-of-a-pod': {
    needs: ['bridge'],
    kernel: 'Lost: all to that pod: the bridge has its address itself.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      bridge(
        on,
        cluster,
        at.node.name,
        `fdb replace ${at.pod.mac} dev ${dev} self permanent`,
        `fdb delete ${at.pod.mac} dev ${dev} self`,
      );
    },
  },
  'port-suppresses-questions': {
    needs: ['bridge'],
    kernel: 'Lost: what must ask for that pod: questions are not flooded to its port.',
    make: (on, at, cluster) => on.bridge(at.node.name, `link set dev ${port(cluster, at)} neigh_suppress on`),
  },
  'port-neither-learns-nor-floods': {
    needs: ['bridge'],
    kernel: 'Lost: what the bridge would have to flood to that pod.',
    make: (on, at, cluster) => on.bridge(at.node.name, `link set dev ${port(cluster, at)} learning off flood off`),
  },
  'bridge-settings': {
    needs: ['bridge'],
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      on.ip(
        at.node.name,
        `link set ${dev} type bridge mcast_snooping 0 group_fwd_mask 8 forward_delay 200 max_age 600`,
        `link set ${dev} promisc on`,
        `link set ${dev} type bridge_slave hairpin on`.replace(dev, port(cluster, at)),
      );
      on.bridge(at.node.name, `link set dev ${port(cluster, at)} guard on mcast_to_unicast on cost 7`);
    },
  },
  'names-and-groups': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const { lab } = cluster;
      on.said(at.node.name, `ip link set ${nic} alias "uplink: rack 4, port 7"`);
      lab.ip(at.node.name, ['link', 'set', nic, 'alias', 'uplink: rack 4, port 7']);
      lab.ip(at.node.name, ['link', 'property', 'add', 'dev', nic, 'altname', 'enp0s3', 'altname', 'ens3']);
      lab.ip(at.node.name, ['link', 'set', nic, 'group', '42', 'txqueuelen', '77', 'allmulticast', 'on']);
      on.back(() => {
        lab.ip(at.node.name, ['link', 'property', 'del', 'dev', nic, 'altname', 'enp0s3', 'altname', 'ens3']);
        lab.ip(at.node.name, ['link', 'set', nic, 'alias', '', 'group', 'default', 'allmulticast', 'off']);
      });
    },
  },
  'held-down-by-protocol': {
    needs: ['vxlan'],
    kernel: 'Lost: all by a device that a protocol holds down.',
    async make(on, at, cluster) {
      const dev = tunnelLink(cluster, at.node).ifname;
      on.ip(at.node.name, `link set ${dev} protodown on`);
      on.back(() => void cluster.lab.ip(at.node.name, ['link', 'set', dev, 'protodown', 'off']));
      await new Promise((resolve) => setTimeout(resolve, 1500));
    },
  },
  'second-bridge-by-cable': {
    needs: ['bridge'],
    kernel: 'All is answered: two bridges are one network, if the cable is plugged in at both ends.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      on.ip(
        at.node.name,
        'link add br-two type bridge',
        'link set br-two up',
        'link add to-two type veth peer name to-one',
        `link set to-two master ${dev}`,
        `link set to-one ${at.pick(['master br-two', 'nomaster'])}`,
        'link set to-two up',
        'link set to-one up',
        `link set ${port(cluster, at)} master br-two`,
      );
    },
  },
  'bridge-in-the-pod': {
    kernel: 'All is answered: the pod has its address on a bridge that its card is a port of.',
    make(on, at, cluster) {
      const ns = podNs(at.pod);
      const address = addressOn(cluster, ns, 'eth0');
      const routes = cluster.lab
        .ip(ns, ['-4', '-o', 'route', 'show', 'dev', 'eth0'])
        .stdout.split('\n')
        .map((l) => l.replace(/ (linkdown|dead)\b/g, '').trim())
        .filter((l) => l !== '' && !l.includes('proto kernel'));
      on.ip(
        ns,
        'link add br0 type bridge',
        `link set br0 address ${at.pod.mac}`,
        'link set br0 up',
        'link set eth0 master br0',
        `address delete ${address} dev eth0`,
        `address add ${address} dev br0`,
        // The route to the gateway comes before the one by it.
        ...[...routes]
          .sort((a, b) => Number(a.includes(' via ')) - Number(b.includes(' via ')))
          .map((r) => `route replace ${r} dev br0`),
      );
    },
  },
  'card-above-the-nic': {
    kernel: 'All is answered: the node has its address on a macvlan device of its card.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const address = addressOn(cluster, at.node.name, nic);
      const { gateway } = gatewayOf(cluster, at.node);
      on.ip(
        at.node.name,
        `link add link ${nic} name mac0 address ${macOf(`mac0 ${at.node.name}`)} type macvlan mode ${at.pick(['bridge', 'private', 'vepa'])}`,
        'link set mac0 up',
        `address delete ${address} dev ${nic}`,
        `address add ${address} brd + dev mac0`,
        `route replace default via ${gateway} dev mac0 onlink`,
      );
    },
    needs: ['vxlan'],
  },
  'shim-beside-the-nic': {
    kernel: 'All is answered: whichever of both cards has the route, the network is one.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      on.ip(
        at.node.name,
        `link add link ${nic} name shim address ${macOf(`shim ${at.node.name}`)} type macvlan mode bridge`,
        'link set shim up',
        `address add ${free(at, 94)}/${at.pick([32, 24])} dev shim`,
      );
      if (at.coin()) on.sysctl(at.node.name, { [conf('all', 'arp_filter')]: 1 });
    },
    probes: (topology) =>
      topology.nodes.flatMap((n) =>
        topology.nodes
          .slice(0, 1)
          .map((m) => ({ src: `node:${n.name}`, dst: m.internalIp.replace(/\d+$/, '94'), proto: 'icmp' })),
      ),
  },
  'detour-by-a-cable': {
    kernel: 'All is answered, or lost as martian: what goes to the peer leaves and comes in again by a veth.',
    make(on, at, cluster) {
      const { prefix, gateway, device } = routeFor(cluster, at.node.name, at.far.address);
      const [a, b] = [macOf(`loop-a ${at.node.name}`), macOf(`loop-b ${at.node.name}`)];
      on.ip(
        at.node.name,
        `link add loop-a address ${a} type veth peer name loop-b address ${b}`,
        'link set loop-a up',
        'link set loop-b up',
        'address add 10.218.0.1/30 dev loop-a',
        `neigh replace 10.218.0.2 lladdr ${b} dev loop-a nud permanent`,
        `route add ${prefix} ${gateway ? `via ${gateway} ` : ''}dev ${device} onlink table 171`,
        'rule add iif loop-b lookup 171 priority 700',
        `route replace ${prefix} via 10.218.0.2 dev loop-a onlink`,
      );
      on.sysctl(at.node.name, {
        [conf('loop-b', 'accept_local')]: at.pick([1, 0]),
        [conf('all', 'rp_filter')]: 0,
        [conf('loop-b', 'rp_filter')]: at.pick([0, 2]),
      });
    },
  },
  'tunnel-with-options': {
    needs: ['vxlan'],
    kernel: 'All is answered: what the options ask for is not sent, or both ends take it.',
    make: (on, at, cluster) =>
      remake(on, cluster, at.node, () => ({
        more: at.pick([
          'gbp',
          'noudpcsum',
          'tos inherit',
          'srcport 40000 40100',
          'rsc proxy',
          'ttl inherit',
          'nolocalbypass',
          'df inherit',
          'l2miss l3miss',
          'ageing 30 maxaddress 1000',
        ]),
      })),
  },
  'tunnel-of-metadata': {
    needs: ['vxlan'],
    kernel: 'Lost: what the tunnel should carry: nothing says where to.',
    make: (on, at, cluster) => remake(on, cluster, at.node, () => ({ more: 'external', id: 0 })),
  },
  'second-tunnel-beside': {
    needs: ['vxlan'],
    kernel: 'All is answered: another VNI or another port is another tunnel.',
    make(on, at, cluster) {
      const { linkinfo } = tunnelLink(cluster, at.node);
      const { id, port: dstport, local } = linkinfo.info_data;
      on.ip(
        at.node.name,
        `link add vx-two type vxlan ${at.pick([`id ${id + 1} dstport ${dstport}`, `id ${id} dstport ${dstport + 1}`])} ${local ? `local ${local} ` : ''}nolearning`,
        'link set vx-two up',
        'address add 10.219.0.1/24 dev vx-two',
      );
    },
    harmless: true,
  },
  'tunnel-entry-by-object': {
    needs: ['vxlan'],
    kernel: 'All is answered: the entry names an object of ip nexthop.',
    make(on, at, cluster) {
      const e = tunnelEntry(cluster, at);
      const { lab } = cluster;
      const good = at.coin();
      on.bridge(at.node.name, `fdb delete ${e.mac} dev ${e.device} dst ${e.dst} self`);
      lab.ip(at.node.name, ['nexthop', 'add', 'id', '95', 'via', good ? e.dst : e.dst.replace(/\d+$/, '246'), 'fdb']);
      lab.ip(at.node.name, ['nexthop', 'add', 'id', '96', 'group', '95', 'fdb']);
      on.back(() => {
        lab.exec(at.node.name, ['ip', 'nexthop', 'delete', 'id', '96'], { mayFail: true });
        lab.exec(at.node.name, ['ip', 'nexthop', 'delete', 'id', '95'], { mayFail: true });
      });
      bridge(
        on,
        cluster,
        at.node.name,
        `fdb add ${e.mac} dev ${e.device} nhid 96 self permanent`,
        `fdb delete ${e.mac} dev ${e.device} self`,
      );
    },
  },
  'neighbours-with-flags': {
    harmless: true,
    kernel: 'All is answered: they are right, whoever wrote them.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const mac = lladdrOf(cluster, at.peer.name, nicOf(cluster, at.peer));
      if (at.peer.internalIp.replace(/\d+$/, '') !== at.node.internalIp.replace(/\d+$/, ''))
        throw new Error('another network');
      on.ip(
        at.node.name,
        `neigh replace ${at.peer.internalIp} lladdr ${mac} dev ${nic} ${at.pick(['nud noarp', 'nud permanent extern_learn', 'nud stale router', 'managed', 'nud permanent protocol static'])}`,
      );
      on.back(
        () =>
          void cluster.lab.exec(at.node.name, ['ip', 'neigh', 'delete', at.peer.internalIp, 'dev', nic], {
            mayFail: true,
          }),
      );
    },
  },
  'neighbour-noarp-wrong': {
    kernel: 'Lost: what goes to the peer by that entry, which is never asked for again.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      on.ip(at.node.name, `neigh replace ${at.peer.internalIp} lladdr ${macOf('nobody')} dev ${nic} nud noarp`);
      on.back(
        () =>
          void cluster.lab.exec(at.node.name, ['ip', 'neigh', 'delete', at.peer.internalIp, 'dev', nic], {
            mayFail: true,
          }),
      );
    },
  },
  'tc-shapes': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const { lab } = cluster;
      const device = at.pick([nicOf(cluster, at.node), port(cluster, at)]);
      lab.exec(at.node.name, [
        'tc',
        'qdisc',
        'add',
        'dev',
        device,
        'root',
        ...'tbf rate 800mbit burst 1m latency 50ms'.split(' '),
      ]);
      on.said(at.node.name, `tbf on ${device}`);
      on.back(() => void lab.exec(at.node.name, ['tc', 'qdisc', 'del', 'dev', device, 'root'], { mayFail: true }));
    },
  },
  'port-mac-of-the-pod': {
    needs: ['bridge'],
    kernel: 'The bridge takes frames for the pod as its own: the port has the same lladdr.',
    make: (on, at, cluster) => on.ip(at.node.name, `link set ${port(cluster, at)} address ${at.pod.mac}`),
  },
  'routed-port-mac-changed': {
    needs: ['routed'],
    kernel: 'All is answered once the pod has asked again.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `link set ${port(cluster, at)} address ${macOf(`host ${at.pod.name}`)}`),
  },
  'address-of-the-bridge-on-the-nic': {
    needs: ['bridge'],
    kernel: 'All is answered: the node answers for all of its addresses; which device has them counts little.',
    make(on, at, cluster) {
      const dev = bridgeUnder(cluster, at.node, at.pod);
      const own = addressOn(cluster, at.node.name, dev);
      const address = own.split('/')[0];
      on.ip(
        at.node.name,
        `address delete ${own} dev ${dev}`,
        `address add ${address}/32 dev ${at.pick([nicOf(cluster, at.node), 'lo'])}`,
        `route add ${at.node.podCidr} dev ${dev} src ${address}`,
      );
    },
  },
  'pod-cards-swapped': {
    needs: ['bridge', 'siblings'],
    kernel: 'All is answered once everybody has asked again: two pods have exchanged their addresses of layer 2.',
    make(on, at) {
      on.ip(podNs(at.pod), `link set eth0 address ${at.sibling.mac}`);
      on.ip(podNs(at.sibling), `link set eth0 address ${at.pod.mac}`);
    },
  },
  'same-mac-on-two-nodes': {
    kernel: 'Lost: the switch sends to whoever spoke last.',
    wavers: true,
    make: (on, at, cluster) =>
      on.ip(
        at.node.name,
        `link set ${nicOf(cluster, at.node)} address ${lladdrOf(cluster, at.peer.name, nicOf(cluster, at.peer))}`,
      ),
  },
  'docker0-takes-pods': {
    kernel: 'Lost: part of the pods of the peer; docker0 has no carrier and the route all the same.',
    make: (on, at) =>
      on.ip(
        at.node.name,
        'link add docker0 type bridge',
        'link set docker0 up',
        `address add ${at.peer.podCidr.replace(/\d+\/\d+$/, '1')}/${at.pick([25, 28, 24])} dev docker0`,
      ),
  },
  'bond-like-vip': {
    harmless: true,
    kernel: 'All is answered; the address too, as long as one holds it.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      on.ip(
        at.node.name,
        `link add link ${nic} name vrrp.51 address 00:00:5e:00:01:33 type macvlan mode private`,
        'link set vrrp.51 up',
        `address add ${free(at, 95)}/32 dev vrrp.51`,
      );
      on.sysctl(at.node.name, {
        [conf('vrrp.51', 'rp_filter')]: 2,
        [conf('vrrp.51', 'arp_ignore')]: 1,
        [conf(nic, 'arp_ignore')]: 1,
        [conf(nic, 'arp_filter')]: at.pick([1, 0]),
      });
    },
    probes: (topology) =>
      topology.nodes.map((n) => ({
        src: `node:${n.name}`,
        dst: topology.nodes[0].internalIp.replace(/\d+$/, '95'),
        proto: 'icmp',
      })),
  },
  'peer-address-with-preferred-source': {
    kernel: 'All is answered; the peer sees another address of the node.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      on.ip(
        at.node.name,
        `address add ${free(at, 96)}/32 dev ${at.pick(['lo', nic])}`,
        `route add ${at.peer.internalIp}/32 dev ${nic} src ${free(at, 96)} scope link`,
      );
    },
    needs: [],
  },
});

import { podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { nicOf, podSide, tunnelLink } from './shape.mjs';

/** Policies of IPsec, as a daemon leaves them behind or a hardening script writes them: a packet is let on, blocked, or must be sealed. */

const ANY = '0.0.0.0/0';

/** Adds policies, the oldest first. */
function policies(on, ns, { lab }, ...lines) {
  for (const line of lines) {
    on.said(ns, `ip xfrm policy add ${line}`);
    lab.ip(ns, ['xfrm', 'policy', 'add', ...line.split(' ')]);
  }
  on.back(() => {
    for (const sort of ['main', 'sub']) lab.ip(ns, ['xfrm', 'policy', 'flush', 'ptype', sort]);
  });
}

const template = (from, to, level = '') =>
  `tmpl src ${from} dst ${to} proto esp reqid 7 mode tunnel${level && ` level ${level}`}`;

/** A device for which the kernel asks no policies. */
const exempt = (on, ns, dev, key) => on.sysctl(ns, { [`net/ipv4/conf/${dev}/${key}`]: 1 });

export const ipsec = casesOf('ipsec', {
  blocks: {
    kernel: 'Lost: what a policy of IPsec blocks.',
    make(on, at, cluster) {
      const dir = at.pick(['fwd', 'out', 'in']);
      const dst = dir === 'in' ? at.node.internalIp : at.far.address;
      policies(on, at.node.name, cluster, `dir ${dir} src ${ANY} dst ${dst}/32 action block`);
    },
  },
  allows: {
    harmless: true,
    kernel: 'All is answered: the policy says that nothing is to be done.',
    make: (on, at, cluster) =>
      policies(
        on,
        at.node.name,
        cluster,
        ...['in', 'out', 'fwd'].map((dir) => `dir ${dir} src ${ANY} dst ${ANY} priority 9`),
      ),
  },
  'blocks-a-protocol': {
    kernel: 'Lost: one protocol.',
    make(on, at, cluster) {
      const what = at.pick(['proto tcp dport 8080', 'proto icmp type 8 code 0', 'proto udp', 'proto icmp type 0']);
      policies(
        on,
        at.node.name,
        cluster,
        `dir ${at.pick(['fwd', 'in', 'out'])} src ${ANY} dst ${ANY} ${what} action block`,
      );
    },
  },
  'blocks-the-tunnel': {
    needs: ['vxlan'],
    kernel: 'Lost: what goes through the tunnel, while the node itself answers.',
    make: (on, at, cluster) =>
      policies(
        on,
        at.node.name,
        cluster,
        `dir ${at.pick(['in', 'out'])} src ${ANY} dst ${ANY} proto udp dport ${tunnelLink(cluster, at.node).linkinfo.info_data.port} action block`,
      ),
  },
  'blocks-what-nat-made': {
    kernel:
      'Lost: what is passed on to an address that NAT has put there or is about to; the policy of what is passed on knows none.',
    make(on, at, cluster) {
      const [dir, dst] = at.pick([
        ['out', at.far.address],
        ['fwd', at.far.address],
        ['fwd', cluster.topology.services[1].clusterIp],
        ['out', cluster.topology.services[1].clusterIp],
      ]);
      policies(on, at.node.name, cluster, `dir ${dir} src ${ANY} dst ${dst}/32 action block`);
    },
  },
  'blocks-what-comes-translated-back': {
    kernel: 'Lost: answers whose source or destination conntrack puts back.',
    make: (on, at, cluster) =>
      policies(
        on,
        at.node.name,
        cluster,
        `dir ${at.pick(['out', 'fwd', 'in'])} src ${at.far.address}/32 dst ${at.pick([ANY, `${at.node.internalIp}/32`, `${at.pod.address}/32`])} action block`,
      ),
  },
  'wants-it-sealed': {
    kernel: 'Lost: what comes as it is, and would have to come through a tunnel.',
    make(on, at, cluster) {
      const dir = at.pick(['fwd', 'in']);
      const ends = template(at.peer.internalIp, at.node.internalIp);
      policies(on, at.node.name, cluster, `dir ${dir} src ${at.peer.podCidr} dst ${ANY} ${ends}`);
    },
  },
  'may-come-sealed': {
    harmless: true,
    kernel: 'All is answered: what comes as it is may do so.',
    make(on, at, cluster) {
      const ends = template(at.peer.internalIp, at.node.internalIp, 'use');
      policies(on, at.node.name, cluster, `dir fwd src ${at.peer.podCidr} dst ${ANY} ${ends}`);
    },
  },
  'older-of-equals': {
    kernel: 'Lost or not by which of two policies of one priority is older.',
    make(on, at, cluster) {
      const block = `dir fwd src ${ANY} dst ${at.far.address}/32 priority 5 action block`;
      const allow = `dir fwd src ${ANY} dst ${at.peer.podCidr} priority 5`;
      policies(on, at.node.name, cluster, ...(at.coin() ? [block, allow] : [allow, block]));
    },
  },
  'lower-number-first': {
    kernel: 'Lost or not by the priorities; those of the sort sub are asked before.',
    make(on, at, cluster) {
      const sub = at.coin();
      const [block, allow] = at.coin() ? [3, 7] : [7, 3];
      policies(
        on,
        at.node.name,
        cluster,
        `dir fwd src ${ANY} dst ${ANY} priority ${allow}`,
        `dir fwd src ${ANY} dst ${at.far.address}/32 priority ${block}${sub ? ' ptype sub' : ''} action block`,
      );
    },
  },
  'of-another-mark': {
    harmless: true,
    kernel: 'All is answered: the policy is for marked packets, or those of an xfrm device.',
    make: (on, at, cluster) =>
      policies(
        on,
        at.node.name,
        cluster,
        `dir fwd src ${ANY} dst ${ANY} action block ${at.pick(['mark 0x40000000 mask 0x40000000', 'if_id 7'])}`,
      ),
  },
  'of-a-device': {
    kernel: 'Lost: what leaves by the device.',
    make(on, at, cluster) {
      const dev = at.pick([nicOf(cluster, at.node), podSide(cluster, at.node, at.pod), 'lo']);
      policies(
        on,
        at.node.name,
        cluster,
        `dir ${at.pick(['out', 'fwd', 'in'])} src ${ANY} dst ${ANY} dev ${dev} action block`,
      );
    },
  },
  'device-is-exempt': {
    kernel: 'Lost: what the exemption of one device does not cover.',
    make(on, at, cluster) {
      const dev = at.pick([podSide(cluster, at.node, at.pod), nicOf(cluster, at.node)]);
      const dir = at.pick(['fwd', 'in', 'out']);
      exempt(on, at.node.name, dev, dir === 'out' ? 'disable_xfrm' : 'disable_policy');
      policies(on, at.node.name, cluster, `dir ${dir} src ${ANY} dst ${ANY} action block`);
    },
  },
  'default-is-block': {
    kernel: 'Lost: what no policy is for.',
    make(on, at, cluster) {
      const { lab } = cluster;
      const dir = at.pick(['fwd', 'in', 'out']);
      on.said(at.node.name, `ip xfrm policy setdefault ${dir} block`);
      lab.ip(at.node.name, ['xfrm', 'policy', 'setdefault', dir, 'block']);
      on.back(() => void lab.ip(at.node.name, ['xfrm', 'policy', 'setdefault', dir, 'accept']));
      policies(on, at.node.name, cluster, `dir ${dir} src ${at.pod.address}/32 dst ${ANY}`);
    },
  },
  'blocks-in-the-pod': {
    kernel: 'Lost: what the pod sends or takes.',
    make: (on, at, cluster) =>
      policies(
        on,
        podNs(at.pod),
        cluster,
        `dir ${at.pick(['in', 'out'])} src ${ANY} dst ${at.pick([ANY, `${at.far.address}/32`, `${at.pod.address}/32`])} action block`,
      ),
  },
});

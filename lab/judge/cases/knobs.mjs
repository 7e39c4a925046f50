import { podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { nicOf, podSide, tunnelLink } from './shape.mjs';

/** Settings that hardening guides and tuning scripts write, each beside its device. */
const conf = (dev, key) => `net/ipv4/conf/${dev}/${key}`;
const neigh = (dev, key) => `net/ipv4/neigh/${dev}/${key}`;

export const knobs = casesOf('knobs', {
  'arp-ignore-by-number': {
    kernel: 'Lost: what must ask for an address that the device does not answer for.',
    make(on, at, cluster) {
      const dev = at.pick([nicOf(cluster, at.node), podSide(cluster, at.node, at.pod), 'all']);
      on.sysctl(at.node.name, { [conf(dev, 'arp_ignore')]: at.pick([3, 2, 4, 5, 7, 8]) });
    },
  },
  'arp-ignore-in-the-pod': {
    kernel: 'Lost: what must ask for the pod, where its address is not one that it answers for.',
    make(on, at) {
      on.sysctl(podNs(at.pod), { [conf('eth0', 'arp_ignore')]: at.pick([2, 3, 1, 8]) });
    },
  },
  'node-asks-nobody': {
    // Who is asked learns who asks: the entry comes all the same as soon as the other end asks.
    wavers: true,
    kernel: 'Lost: what goes to neighbours that are not known; the node asks no question.',
    make(on, at, cluster) {
      const dev = at.pick([podSide(cluster, at.node, at.pod), nicOf(cluster, at.node)]);
      on.sysctl(at.node.name, { [neigh(dev, 'mcast_solicit')]: 0 });
    },
  },
  'pod-asks-nobody': {
    // Who is asked learns who asks: the entry comes all the same as soon as the other end asks.
    wavers: true,
    kernel: 'Lost: all that the pod sends: it asks nobody for its gateway.',
    make: (on, at) => on.sysctl(podNs(at.pod), { [neigh('eth0', 'mcast_solicit')]: 0 }),
  },
  'announce-and-ignore': {
    kernel: 'All is answered where both ends are of one subnet.',
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, {
        [conf('all', 'arp_announce')]: 2,
        [conf(nicOf(cluster, at.node), 'arp_ignore')]: at.pick([2, 1]),
      }),
  },
  'no-fragments': {
    large: true,
    kernel: 'Lost: what comes in pieces: there is no room to put them together (fqdir.high_thresh).',
    make: (on, at) =>
      on.sysctl(at.pick([at.node.name, podNs(at.pod)]), {
        'net/ipv4/ipfrag_low_thresh': 0,
        'net/ipv4/ipfrag_high_thresh': 0,
      }),
  },
  'harmless-by-ip': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.sysctl(at.node.name, {
        'net/ipv4/ip_early_demux': 0,
        'net/ipv4/ip_nonlocal_bind': 1,
        'net/ipv4/ip_forward_use_pmtu': 1,
        'net/ipv4/ip_forward_update_priority': 0,
        'net/ipv4/icmp_errors_use_inbound_ifaddr': 1,
        'net/ipv4/fwmark_reflect': 1,
        [conf('all', 'bc_forwarding')]: 1,
        [conf('all', 'disable_policy')]: 1,
        [conf('all', 'drop_gratuitous_arp')]: 1,
        [conf('all', 'drop_unicast_in_l2_multicast')]: 1,
        [conf('all', 'arp_accept')]: 1,
        [conf('all', 'arp_notify')]: 1,
        [conf('all', 'promote_secondaries')]: 1,
      }),
  },
  'harmless-by-tcp': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.sysctl(at.pick([at.node.name, podNs(at.pod)]), {
        'net/ipv4/tcp_ecn': 1,
        'net/ipv4/tcp_timestamps': 0,
        'net/ipv4/tcp_sack': 0,
        'net/ipv4/tcp_window_scaling': 0,
        'net/ipv4/tcp_syncookies': 2,
        'net/ipv4/tcp_mtu_probing': 1,
        'net/ipv4/tcp_fin_timeout': 5,
        'net/ipv4/tcp_tw_reuse': 1,
        'net/ipv4/ip_local_port_range': '42000 42999',
      }),
  },
  'no-redirects-by-rp-filter': {
    kernel: 'All is answered: an own address as source is a martian, a foreign one is not.',
    make(on, at, cluster) {
      on.sysctl(at.node.name, {
        [conf('all', 'send_redirects')]: at.pick([0, 1]),
        [conf(nicOf(cluster, at.node), 'send_redirects')]: 0,
        [conf('all', 'accept_local')]: at.pick([1, 0]),
        [conf(nicOf(cluster, at.node), 'rp_filter')]: 1,
      });
    },
  },
  'gc-soon': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, {
        [neigh(nicOf(cluster, at.node), 'gc_stale_time')]: 1,
        [neigh(nicOf(cluster, at.node), 'base_reachable_time_ms')]: 500,
        [neigh(nicOf(cluster, at.node), 'ucast_solicit')]: 1,
        [neigh(nicOf(cluster, at.node), 'unres_qlen_bytes')]: 4096,
      }),
  },
  'queue-of-nothing': {
    wavers: true,
    kernel: 'Lost: the first packet to a neighbour that is not known yet.',
    make: (on, at, cluster) => on.sysctl(at.node.name, { [neigh(nicOf(cluster, at.node), 'unres_qlen_bytes')]: 0 }),
  },
  'conntrack-short-lived': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.sysctl(at.node.name, {
        'net/netfilter/nf_conntrack_udp_timeout': 2,
        'net/netfilter/nf_conntrack_icmp_timeout': 2,
        'net/netfilter/nf_conntrack_tcp_timeout_syn_sent': 3,
        'net/netfilter/nf_conntrack_checksum': 0,
        'net/netfilter/nf_conntrack_tcp_max_retrans': 1,
      }),
  },
  'filter-on-tunnel-and-loose-elsewhere': {
    needs: ['vxlan'],
    harmless: true,
    kernel: 'All is answered: what comes by the tunnel is answered by it.',
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, {
        [conf('all', 'rp_filter')]: 0,
        [conf(tunnelLink(cluster, at.node).ifname, 'rp_filter')]: 1,
        [conf(nicOf(cluster, at.node), 'rp_filter')]: 2,
        [conf(podSide(cluster, at.node, at.pod), 'rp_filter')]: 1,
      }),
  },
});

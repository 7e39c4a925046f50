import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { syncPeers } from '../../cluster.mjs';
import { privateKey, publicKey } from '../../flavours/wireguard.mjs';
import { casesOf } from './case.mjs';
import { linksOf, nicOf } from './shape.mjs';

/** WireGuard: its peers, their keys, addresses and ports, and the outer datagrams on their way. */

const needs = ['wireguard'];
const PORT = 51820;
/** Who asked for a session asks again no sooner (REKEY_TIMEOUT), and a little. */
const REKEY = 6000;

/** Also one that a case has set down. */
const deviceOf = (cluster, node) =>
  linksOf(cluster, node.name).find((l) => l.linkinfo?.info_kind === 'wireguard').ifname;
const keyOf = (cluster, peer) => publicKey(cluster, peer, privateKey(peer.name));

/** `wg set DEVICE …`; the peers as the CNI's daemon writes them come back. */
function set(on, cluster, node, ...words) {
  const device = deviceOf(cluster, node);
  on.said(node.name, `wg set ${device} ${words.join(' ')}`);
  cluster.lab.exec(node.name, ['wg', 'set', device, ...words]);
}
function peers(on, cluster, node) {
  const { lab } = cluster;
  const device = deviceOf(cluster, node);
  on.back(() => {
    const { stdout } = lab.exec(node.name, ['wg', 'show', device, 'peers']);
    for (const key of stdout.split('\n').filter((k) => k !== ''))
      lab.exec(node.name, ['wg', 'set', device, 'peer', key, 'remove']);
    return syncPeers(cluster, node);
  });
}

/** Sessions outlive a change of keys or peers; a new private key ends them (wg_noise_expire_current_peer_keypairs). */
function forgetSessions(cluster) {
  for (const node of cluster.topology.nodes) {
    const file = join(cluster.lab.folder, `${node.name}.key`);
    const device = deviceOf(cluster, node);
    const { stdout } = cluster.lab.exec(node.name, ['wg', 'show', device, 'private-key']);
    writeFileSync(file, stdout.trim(), { mode: 0o600 });
    for (const key of [privateKey('nobody'), stdout.trim()]) {
      writeFileSync(file, key, { mode: 0o600 });
      cluster.lab.exec(node.name, ['wg', 'set', device, 'private-key', file]);
    }
  }
}

const wrapped = (cases) =>
  Object.fromEntries(
    Object.entries(cases).map(([id, one]) => [
      id,
      {
        needs,
        ...one,
        make(on, at, cluster) {
          on.back(async () => {
            forgetSessions(cluster);
            await sleep(REKEY);
          });
          one.make(on, at, cluster);
          forgetSessions(cluster);
        },
      },
    ]),
  );

export const wireguard = casesOf(
  'wireguard',
  wrapped({
    'peer-missing': {
      kernel: 'The node has nobody to send to, and takes nothing from there.',
      make(on, at, cluster) {
        peers(on, cluster, at.node);
        set(on, cluster, at.node, 'peer', keyOf(cluster, at.peer), 'remove');
      },
    },
    'allowed-ips-of-third': {
      kernel: 'What is for one node goes to another, which does not forward it or sends it back.',
      make(on, at, cluster) {
        peers(on, cluster, at.node);
        set(
          on,
          cluster,
          at.node,
          'peer',
          keyOf(cluster, at.third),
          'allowed-ips',
          `${at.third.podCidr},${at.peer.podCidr}`,
        );
      },
    },
    'allowed-ips-narrow': {
      kernel: "Only some of the peer's addresses are sent and taken.",
      make(on, at, cluster) {
        peers(on, cluster, at.node);
        set(on, cluster, at.node, 'peer', keyOf(cluster, at.peer), 'allowed-ips', `${at.far.address}/32`);
      },
    },
    'allowed-ips-none': {
      kernel: 'The node has nobody to send to, and takes nothing from there.',
      make(on, at, cluster) {
        peers(on, cluster, at.node);
        set(on, cluster, at.node, 'peer', keyOf(cluster, at.peer), 'allowed-ips', '');
      },
    },
    'wrong-key-of-peer': {
      kernel: 'No session comes about.',
      make(on, at, cluster) {
        peers(on, cluster, at.node);
        set(on, cluster, at.node, 'peer', keyOf(cluster, at.peer), 'remove');
        const wrong = publicKey(cluster, at.node, privateKey('somebody else'));
        set(
          on,
          cluster,
          at.node,
          'peer',
          wrong,
          'endpoint',
          `${at.peer.internalIp}:${PORT}`,
          'allowed-ips',
          at.peer.podCidr,
        );
      },
    },
    'new-key-of-node': {
      kernel: 'The peers know the old key: no session comes about with any.',
      make(on, at, cluster) {
        const file = join(cluster.lab.folder, 'new.key');
        const use = (secret) => {
          writeFileSync(file, secret, { mode: 0o600 });
          cluster.lab.exec(at.node.name, ['wg', 'set', deviceOf(cluster, at.node), 'private-key', file]);
        };
        on.said(at.node.name, 'wg set … private-key (another)');
        use(privateKey('rotated'));
        on.back(() => use(privateKey(at.node.name)));
      },
    },
    'other-port': {
      kernel: 'Who is asked listens elsewhere; but it tells its new port by asking first.',
      wavers: true,
      make(on, at, cluster) {
        set(on, cluster, at.node, 'listen-port', '51999');
        on.back(() => void set(on, cluster, at.node, 'listen-port', String(PORT)));
      },
    },
    'endpoint-of-third': {
      kernel: 'The one that is asked knows the sender by its key, but not the one that it was meant for.',
      wavers: true,
      make(on, at, cluster) {
        peers(on, cluster, at.node);
        set(on, cluster, at.node, 'peer', keyOf(cluster, at.peer), 'endpoint', `${at.third.internalIp}:${PORT}`);
      },
    },
    'port-blocked': {
      kernel: 'Outer datagrams of all peers are lost on their way in.',
      make: (on, at) => on.rule(at.node.name, `-I INPUT 1 -p udp --dport ${PORT} -j DROP`),
    },
    'port-blocked-on-output': {
      kernel: 'Outer datagrams are lost on their way out, and no session comes about.',
      make: (on, at) => on.rule(at.node.name, `-I OUTPUT 1 -p udp --dport ${PORT} -j DROP`),
    },
    'device-down': {
      kernel: 'The routes into the device are gone with it.',
      make: (on, at, cluster) => on.ip(at.node.name, `link set ${deviceOf(cluster, at.node)} down`),
    },
    'forwarding-off': {
      kernel: 'What comes in by the tunnel for a pod is lost.',
      make: (on, at, cluster) =>
        on.sysctl(at.node.name, { [`net/ipv4/conf/${deviceOf(cluster, at.node)}/forwarding`]: 0 }),
    },
    'mtu-of-the-nic': {
      large: true,
      kernel: 'What does not fit when wrapped is cut into pieces: the outer datagrams may be fragmented.',
      make: (on, at, cluster) =>
        on.ip(at.node.name, `link set ${deviceOf(cluster, at.node)} mtu ${cluster.topology.mtu}`),
    },
    'nic-mtu-below': {
      large: true,
      kernel: 'The NIC carries less than the tunnel promises: outer datagrams are cut.',
      make: (on, at, cluster) =>
        on.ip(at.node.name, `link set ${nicOf(cluster, at.node)} mtu ${cluster.topology.mtu - 100}`),
    },
  }),
);

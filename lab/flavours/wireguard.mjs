import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * WireGuard devices by the real `wg`. Keys are made from names, so that captures of two runs are alike.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

export const privateKey = (text) => createHash('sha256').update(`wireguard ${text}`).digest('base64');
export const publicKey = ({ lab }, node, secret) =>
  lab.exec(node.name, ['wg', 'pubkey'], { input: secret }).stdout.trim();

/** The device with its key and port, still down. */
export function makeDevice({ lab }, node, { device, port, mtu, mark = '0', secret = privateKey(node.name) }) {
  const file = join(lab.folder, `${node.name}.key`);
  writeFileSync(file, secret, { mode: 0o600 });
  lab.ip(node.name, ['link', 'add', device, 'mtu', String(mtu), 'type', 'wireguard']);
  lab.exec(node.name, ['wg', 'set', device, 'listen-port', String(port), 'fwmark', mark, 'private-key', file]);
}

/** A peer as the CNI's daemon writes it. */
export function addPeer(cluster, node, peer, { device, port, allowed }) {
  const key = publicKey(cluster, node, privateKey(peer.name));
  const words = ['endpoint', `${peer.internalIp}:${port}`, 'allowed-ips', allowed.join(',')];
  cluster.lab.exec(node.name, ['wg', 'set', device, 'peer', key, ...words]);
}

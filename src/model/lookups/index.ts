/** Pure functions over facts that rules and the model share. */
export * from './bgp.js';
export * from './calico.js';
export * from './captures.js';
export * from './conntrack.js';
export * from './devices.js';
export * from './ebtables.js';
export * from './flannel.js';
export * from './forwarding.js';
export * from './iptables.js';
export * from './ipvs.js';
export * from './kernel.js';
export * from './lookup.js';
export * from './networks.js';
export * from './node-address.js';
export * from './peers.js';
export * from './routes.js';
export * from './sets.js';

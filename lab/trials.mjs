import { bgpBlocked, routeFiltered } from './faults/bird.mjs';
import { duplicatePublicIp } from './faults/duplicate-public-ip.mjs';
import {
  flannelForwardingOff,
  ipForwardOff,
  ipForwardOffDevicesOn,
  nicForwardingOff,
} from './faults/forwarding-off.mjs';
import { fdbOfAnother, missingFdb, missingNeigh, stalePeer, wrongNeighMac } from './faults/peer-entries.mjs';
import {
  blackholedPeer,
  routeOnLink,
  routeToRouter,
  routeViaThird,
  supernetOnly,
  tunnelDown,
} from './faults/peer-route.mjs';
import { dockerHidesPeer, dockerInPodNetwork, lanInPodNetwork } from './faults/pod-network.mjs';
import { narrowNetwork, oldBridge } from './faults/pod-subnet.mjs';
import * as devices from './oddities/devices.mjs';
import * as entries from './oddities/entries.mjs';
import * as routing from './oddities/routing.mjs';

/**
 * Faults without a committed sample, and oddities that are no fault. Each is made and taken back on a cluster that it
 * shares with others of its topology.
 * @typedef {import('./faults.mjs').Fault} Fault
 */

/** @type {readonly Fault[]} */
export const TRIALS = [
  flannelForwardingOff,
  nicForwardingOff,
  ipForwardOff,
  ipForwardOffDevicesOn,
  missingFdb,
  missingNeigh,
  wrongNeighMac,
  stalePeer,
  fdbOfAnother,
  routeToRouter,
  routeOnLink,
  routeViaThird,
  blackholedPeer,
  supernetOnly,
  tunnelDown,
  narrowNetwork,
  oldBridge,
  dockerInPodNetwork,
  dockerHidesPeer,
  duplicatePublicIp,
  lanInPodNetwork,
  bgpBlocked,
  routeFiltered,
];

/** @type {readonly Fault[]} */
export const ODDITIES = [...Object.values(devices), ...Object.values(entries), ...Object.values(routing)];

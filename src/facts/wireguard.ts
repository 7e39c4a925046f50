import type { Fact } from '../kit/index.js';

/** One WireGuard device: `wg show`. Private keys are read past. */
export interface WireguardInterfaceFact extends Fact {
  readonly kind: 'wireguard-interface';
  readonly dev: string;
  readonly publicKey?: string;
  readonly listenPort?: number;
  /** Mark of its own packets, which policy rules keep out of the tunnel. */
  readonly fwmark?: number;
}

/** One peer of a WireGuard device. */
export interface WireguardPeerFact extends Fact {
  readonly kind: 'wireguard-peer';
  readonly dev: string;
  /** Absent where whoever sent the capture masked it. */
  readonly publicKey?: string;
  /** Canonical address and port; absent for a peer that never spoke and has none configured. */
  readonly endpoint?: { readonly address: string; readonly port: number };
  /** Canonical prefixes. */
  readonly allowedIps: readonly string[];
  /** Seconds before the capture (`wg show`), or seconds since the epoch (`wg show dump`); `never` without one. */
  readonly handshake: { readonly ago: number } | { readonly at: number } | 'never';
  /** Octets. */
  readonly received?: number;
  readonly sent?: number;
  /** Seconds; absent when it is off. */
  readonly keepalive?: number;
  readonly presharedKey: boolean;
}

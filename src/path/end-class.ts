import { ipOf } from './ip.js';
import type { Probe } from './types.js';

export type Family = 4 | 6;

/** What kind of ends a class holds. */
export type ClassKind = 'pods' | 'node' | 'service' | 'node-port' | 'dns' | 'api' | 'outside';

/** Ends that are alike: the walk from or to one of them is the walk from or to each. */
export interface EndClass {
  readonly kind: ClassKind;
  /** `pods of node-1`, `node-1`, `default/web:80`. */
  readonly name: string;
  /** Its node; of services none. */
  readonly node?: string;
  readonly family: Family;
  /** The end that stands for all, as a probe names it. */
  readonly end: string;
  /** As a probe names it where it asks, if otherwise: a node by its name chooses its source as its programs do. */
  readonly asks?: string;
  /** How many ends it holds. */
  readonly size: number;
  readonly proto: Probe['proto'];
  readonly port?: number;
  /** A service's address outside (`externalIPs`, a load balancer's): also asked from there. */
  readonly external?: true;
  /** Pods that are attached in another way than most of their node: asked for few ways only. */
  readonly odd?: true;
}

/** Is the text an address of the family? */
export const isOf =
  (family: Family) =>
  (text: string): boolean =>
    ipOf(text)?.family === family;

/** Pods of one node that are attached in the same way. */
export interface PodGroup {
  readonly pods: readonly string[];
  readonly odd: boolean;
}

export type PodsByNode = ReadonlyMap<string, readonly PodGroup[]>;

export interface Classes {
  readonly sources: readonly EndClass[];
  readonly destinations: readonly EndClass[];
  /** Another pod of a class. */
  second(pods: EndClass): string | undefined;
  /** Is the end one of the service's endpoints, as the lists say? */
  isEndpoint(pods: EndClass, service: EndClass): boolean;
  /** The pod of a class that asks a service in place of the first, as it is an endpoint of it and its port sends nothing back. */
  asksItself(pods: EndClass, service: EndClass): string | undefined;
}

import type { KernelReleaseFact, NodeFact } from '../../facts/index.js';
import type { At } from '../../kit/index.js';
import type { Node } from '../types.js';
import { capturedName } from './peers.js';

/** A node's kernel and the line that names it. */
export interface KernelVersion {
  readonly release: string;
  readonly major: number;
  readonly minor: number;
  readonly at: At;
}

/** `4.15.0-72-generic`, `3.10.0-1062.el7.x86_64`: undefined for anything that does not begin with two numbers. */
export function parseKernel(release: string, at: At): KernelVersion | undefined {
  const m = /^(\d{1,3})\.(\d{1,4})(?:[.\-+]|$)/.exec(release);
  return m ? { release, major: Number(m[1]), minor: Number(m[2]), at } : undefined;
}

/** The kernel that runs on a host: by uname, else by the Kubernetes node object. */
export function kernelOf(
  view: { readonly nodes: readonly Node[]; readonly cluster: { readonly node: readonly NodeFact[] } },
  host: { readonly node: string; readonly facts: { readonly 'kernel-release': readonly KernelReleaseFact[] } },
): KernelVersion | undefined {
  const own = host.facts['kernel-release'].at(-1);
  if (own) return parseKernel(own.release, own.at);
  const known = view.cluster.node.find((n) => n.kernel !== undefined && capturedName(view.nodes, n.name) === host.node);
  return known?.kernel === undefined ? undefined : parseKernel(known.kernel, known.at);
}

export const atLeastKernel = (kernel: KernelVersion, major: number, minor: number): boolean =>
  kernel.major > major || (kernel.major === major && kernel.minor >= minor);

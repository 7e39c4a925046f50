import type { LinkFact } from '../../facts/index.js';

/** One node's end of a VXLAN overlay. */
export interface VxlanEnd {
  readonly node: string;
  readonly link: LinkFact;
  /** `VNI 1, port 8472`. */
  readonly says: string;
}

/** The device of a node as an end; undefined where its VNI was not captured (`ip link` without `-d`), or is each packet's own (`external`). */
export function vxlanEnd(node: string, link: LinkFact): VxlanEnd | undefined {
  const { vxlan } = link;
  if (vxlan?.vni === undefined) return undefined;
  return { node, link, says: `VNI ${vxlan.vni}${vxlan.dstport === undefined ? '' : `, port ${vxlan.dstport}`}` };
}

/** Ends that have other parameters than most of their overlay, and those that have the most usual. */
export function oddVxlanEnds(
  ends: readonly VxlanEnd[],
): { readonly odd: readonly VxlanEnd[]; readonly common: readonly [VxlanEnd, ...VxlanEnd[]] } | undefined {
  const bySays = new Map<string, [VxlanEnd, ...VxlanEnd[]]>();
  for (const end of ends) {
    const held = bySays.get(end.says);
    if (held) held.push(end);
    else bySays.set(end.says, [end]);
  }
  const [common, ...odd] = [...bySays.values()].sort((a, b) => b.length - a.length);
  return common && { odd: odd.flat(), common };
}

import type { IpamAllocation } from '../../facts/index.js';
import { canonicalPrefix, formatAddress, type Prefix, parsePrefix } from '../../kit/index.js';
import { flagAt, itemsAt, type Located, lineAt, numberAt, textAt, textsAt, valueAt } from '../text/located.js';
import { nameLine, nameOf, type ObjectContext } from './read.js';

/** `host:node-1`, `virtual:load-balancer`: only hosts are nodes. */
const hostOf = (affinity: string | undefined): string | undefined => /^host:(.+)$/.exec(affinity ?? '')?.[1];

/** Address number `ordinal` of a block. */
export function addressAt(block: Prefix, ordinal: number): string {
  const words = [...block.words];
  const last = words.length - 1;
  words[last] = ((words[last] ?? 0) + ordinal) >>> 0;
  return formatAddress({ family: block.family, words });
}

/** An IPAMBlock (crd.projectcalico.org): `allocations` holds per address the index of its attributes, or null. */
export function readIpamBlock(context: ObjectContext): void {
  const { object } = context;
  const spec = valueAt(object, 'spec');
  const written = textAt(spec, 'cidr') ?? '';
  const block = parsePrefix(written);
  if (!block) {
    context.gap(lineAt(object, 'spec', 'cidr') ?? nameLine(context), 'a block without a readable cidr');
    return;
  }
  const node = hostOf(textAt(spec, 'affinity'));
  const strictAffinity = flagAt(spec, 'strictAffinity');
  const deleted = flagAt(spec, 'deleted');
  context.emit(lineAt(object, 'spec', 'cidr') ?? nameLine(context), {
    kind: 'ipam-block',
    cidr: canonicalPrefix(written) ?? written,
    ...(node !== undefined && { node }),
    ...(strictAffinity !== undefined && { strictAffinity }),
    ...(deleted !== undefined && { deleted }),
    allocations: allocationsOf(spec, block),
  });
}

function allocationsOf(spec: Located | undefined, block: Prefix): IpamAllocation[] {
  const owners = itemsAt(spec, 'attributes').map((attribute) => {
    const secondary = valueAt(attribute, 'secondary') ?? valueAt(attribute, 'activeOwnerAttrs');
    const handle = textAt(attribute, 'handle_id') ?? textAt(attribute, 'handleID');
    const [node, pod, namespace, type] = ['node', 'pod', 'namespace', 'type'].map((key) => textAt(secondary, key));
    return {
      ...(handle !== undefined && { handle }),
      ...(node !== undefined && { node }),
      ...(pod !== undefined && { pod: namespace === undefined ? pod : `${namespace}/${pod}` }),
      ...(type !== undefined && { type }),
    };
  });
  return itemsAt(spec, 'allocations').flatMap((item, ordinal) => {
    const index = item.kind === 'text' && /^\d{1,6}$/.test(item.text) ? Number(item.text) : undefined;
    return index === undefined ? [] : { ip: addressAt(block, ordinal), ...owners[index] };
  });
}

export function readBlockAffinity(context: ObjectContext): void {
  const { object } = context;
  const spec = valueAt(object, 'spec');
  const cidr = canonicalPrefix(textAt(spec, 'cidr') ?? '');
  const node = textAt(spec, 'node');
  if (cidr === undefined || node === undefined) {
    context.gap(nameLine(context), 'a block affinity without a readable cidr and node');
    return;
  }
  const state = textAt(spec, 'state');
  const deleted = textAt(spec, 'deleted');
  context.emit(lineAt(object, 'spec', 'cidr') ?? nameLine(context), {
    kind: 'block-affinity',
    cidr,
    node,
    ...(state !== undefined && { state }),
    ...(deleted !== undefined && { deleted: deleted === 'true' }),
  });
}

export function readIpamHandle(context: ObjectContext): void {
  const { object } = context;
  const blocks = valueAt(object, 'spec', 'block');
  const counts: [string, number][] = [];
  if (blocks?.kind === 'map')
    for (const cidr of blocks.entries.keys()) {
      const count = numberAt(blocks, cidr);
      const prefix = canonicalPrefix(cidr);
      if (count !== undefined && prefix !== undefined) counts.push([prefix, count]);
    }
  context.emit(nameLine(context), {
    kind: 'ipam-handle',
    handle: textAt(object, 'spec', 'handleID') ?? nameOf(context),
    blocks: Object.fromEntries(counts),
  });
}

export function readIpReservation(context: ObjectContext): void {
  const written = textsAt(context.object, 'spec', 'reservedCIDRs');
  const cidrs = written.flatMap((cidr) => canonicalPrefix(cidr) ?? []);
  if (cidrs.length < written.length) context.gap(nameLine(context), 'a reserved range is masked');
  else context.emit(nameLine(context), { kind: 'ip-reservation', name: nameOf(context), cidrs });
}

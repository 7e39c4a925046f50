import type { LinkInfo } from '../../../facts/index.js';
import { isKind, isSetting, kindOf, vxlanOf } from './details.js';
import { type LinkFields, linkLayerOf } from './header.js';
import type { Block, State } from './state.js';

/** Lines of a block other than header and addresses. */
export function belongs(state: State, i: number, words: readonly string[], indented: boolean): boolean {
  const { block } = state;
  const { fields } = block;
  const [first = '', second = ''] = words;
  if (!fields) return false;
  if (first.startsWith('link/')) {
    state.layers++;
    takeLinkLayer(block, fields, i, words);
  } else if ((first === 'RX:' || first === 'TX:') && words.length > 1)
    state.stats = { received: first === 'RX:', columns: words.slice(1) };
  else if ((first === 'RX' || first === 'TX') && second === 'errors:')
    state.stats = { received: first === 'RX', columns: [] };
  else if (first === 'vf' && /^\d+$/.test(second)) block.inVf = true;
  else if (first === 'altname' && words.length === 2) fields.altNames = [...(fields.altNames ?? []), second];
  else if (isSetting(first) && (indented || first.startsWith('ad_')) && (fields.slave ?? fields.info)) {
    // iproute2 4.x breaks the line of a bond's port behind the aggregator's state, and indents nothing; terminals and authors break a bridge's.
    if (fields.slave) fields.slave = withMore(fields.slave, words);
    else if (fields.info) fields.info = withMore(fields.info, words);
  } else if (first !== 'alias' && !first.endsWith('-qos-map') && !first.startsWith('prog/') && first !== 'parentbus') {
    // Where indentation is lost, behind the settings of `link/ether …` alone, and by names that are known.
    if (!isKind(first, indented && block.details) || !(indented || block.details)) return false;
    takeKind(block, fields, i, words);
  }
  return true;
}

/** More settings of the kind that the line above named. */
const withMore = ({ kind, attributes }: LinkInfo, words: readonly string[]): LinkInfo => ({
  kind,
  attributes: { ...attributes, ...kindOf([kind, ...words]).attributes },
});

function takeLinkLayer(block: Block, fields: LinkFields, i: number, words: readonly string[]): void {
  const layer = linkLayerOf(words);
  // Behind `vf 0` old versions print the function's own address.
  if (block.inVf) return;
  Object.assign(fields, layer.fields);
  block.details = layer.details;
  if (layer.masked) block.gaps.push({ line: i, reason: 'the link-layer address is masked or unreadable' });
}

function takeKind(block: Block, fields: LinkFields, i: number, words: readonly string[]): void {
  const info = kindOf(words);
  if (info.kind.endsWith('_slave')) {
    if (!fields.slave) block.slaveLine = i;
    fields.slave ??= info;
    return;
  }
  if (info.kind === 'vxlan') {
    const vxlan = vxlanOf(info);
    if (!vxlan) {
      block.gaps.push({ line: i, reason: "VXLAN's settings are masked or unreadable" });
      return;
    }
    fields.vxlan ??= vxlan;
  }
  fields.info ??= info;
}

const VALUE = /^\d[\d.]*[kKMGTP]?i?$/;

/** The row of values below `RX: bytes packets …`. */
export function takeCounters(state: State, i: number, words: readonly string[]): boolean {
  const { stats, block } = state;
  state.stats = undefined;
  if (!stats || !words.every((w) => VALUE.test(w))) return false;
  state.out.part(i);
  if (block.inVf) return true;
  const value = (name: string): number | undefined => {
    const text = words[stats.columns.indexOf(name)];
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const [packets, errors, dropped] = [value('packets'), value('errors'), value('dropped')];
  if (stats.received && block.counters?.rxPackets === undefined) {
    block.counters = {
      ...block.counters,
      ...(packets !== undefined && { rxPackets: packets }),
      ...(errors !== undefined && { rxErrors: errors }),
      ...(dropped !== undefined && { rxDropped: dropped }),
    };
  } else if (!stats.received && block.counters?.txPackets === undefined) {
    block.counters = {
      ...block.counters,
      ...(packets !== undefined && { txPackets: packets }),
      ...(errors !== undefined && { txErrors: errors }),
      ...(dropped !== undefined && { txDropped: dropped }),
    };
  }
  return true;
}

export * from './asked.js';
export * from './at.js';
export * from './capture.js';
export * from './container.js';
export * from './distance.js';
export * from './encoding.js';
export * from './file.js';
export * from './holes.js';
export * from './ip.js';
export { setContains } from './ipset/contains.js';
export { elementText, familyOfSet, isSetType, readElement } from './ipset/element.js';
export { setMatches } from './ipset/packet.js';
export type * from './ipset/types.js';
export { readSpec } from './iptables/spec.js';
export type * from './iptables/types.js';
export type * from './located.js';
export * from './mask.js';
export * from './moments.js';
export { binary as nftBinary, mapOf as nftMap, valueFrom as nftValue } from './nftables/expression.js';
export { metaKey } from './nftables/keys.js';
export { namedElement as namedNftElement, shapeOfType as nftShape, typeOfKey as nftTypeOf } from './nftables/names.js';
export { rejectWith } from './nftables/nat.js';
export { numberOf as nftNumber, type TypeName as NftTypeName } from './nftables/numbers.js';
export {
  print as printNftExpression,
  printElement as printNftElement,
  printNft,
  word as printNftWord,
} from './nftables/print.js';
export { type NftReading, readNft, readNftElements } from './nftables/read.js';
export { matchOf as nftMatch, setKeyOf as nftSetKey, vmapOf as nftVmap } from './nftables/statement.js';
export { seconds as nftSeconds } from './nftables/time.js';
export type * from './nftables/types.js';
export { nftLimit, nftQuota, nftSynproxy, wordedAs as nftWorded } from './nftables/words.js';
export * from './parser.js';
export * from './printable.js';
export * from './protocols.js';
export * from './reason.js';
export * from './secrets.js';
export * from './services.js';
export * from './text.js';

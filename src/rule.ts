/** The public rule API, `dumplint/rule`: all that a rule, shipped or a user's own, needs. */
export { deadEndProof, gatewayRepair, mayPass } from './engine/dead-end.js';
export { type KeptAway, keptAway } from './engine/kept-away.js';
export {
  arrives,
  decidedBy,
  forgets,
  isPromised,
  type LossNature,
  linesOf,
  lossesBy,
  lostByKeptSource,
  lostUnwrapped,
  natureOf,
  nodesOf,
  openQuestions,
  ownPodsOf,
  pairsOf,
  proofOf,
  remedyOf,
  sendsNothingBack,
  severityOf,
  stopsPingsOnly,
  traceCommand,
  tunnelOf,
  untrackedBy,
  waysOf,
} from './engine/losses.js';
export type { Loss, LostPath, Paths } from './engine/paths.js';
export { defineRule, finding, shows, unknown } from './engine/rule.js';
export { endpointStep, innerSnat, senderOf, serviceNameOf } from './engine/translated.js';
export type * from './engine/types.js';
export type * from './facts/index.js';
export {
  type Address,
  type At,
  canonicalAddress,
  canonicalPrefix,
  contains,
  formatAddress,
  formatPrefix,
  hostOf,
  isLladdr,
  networkAddress,
  overlaps,
  type PlacedCapture,
  type Prefix,
  parseAddress,
  parseIpv4,
  parsePrefix,
  type Reason,
} from './kit/index.js';
export * from './model/lookups/index.js';
export type * from './model/types.js';
export type {
  Because,
  DropBy,
  EndClass,
  Observation,
  Outcome as PathOutcome,
  Pair,
  Probe,
  Step,
  Trace,
  Traced,
  Verdict,
} from './path/index.js';

import type { IpsetFact } from '../../facts/index.js';
import { type At, at, fileOf } from '../../kit/index.js';
import { lineIn } from './runs.js';

/** Line of one element of a set, by its index. */
export function memberAt(set: IpsetFact, member: number): At {
  const runs = set.members?.runs;
  return runs ? at(fileOf(set.at), lineIn(runs.member, runs.line, member)) : set.at;
}

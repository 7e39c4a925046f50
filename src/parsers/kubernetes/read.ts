import type { AnyFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { type Located, lineAt, textAt } from '../text/located.js';

/** One object and where its facts go. */
export interface ObjectContext {
  readonly object: Located;
  /** Lines were left out by hand: an absent field says nothing. */
  readonly elided: boolean;
  emit(line: number, fact: Draft<AnyFact>): void;
  gap(line: number, reason: string): void;
}

/** Line of `metadata.name`, or of the object when it has none. */
export const nameLine = ({ object }: ObjectContext): number => lineAt(object, 'metadata', 'name') ?? object.line;
export const nameOf = ({ object }: ObjectContext): string => textAt(object, 'metadata', 'name') ?? '';
export const namespaceOf = ({ object }: ObjectContext): string => textAt(object, 'metadata', 'namespace') ?? '';

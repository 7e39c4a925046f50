/** A value that a text holds, and the index of the line where it begins. */
export type Value = Word | List | Table;

export interface Word {
  readonly kind: 'word';
  readonly text: string;
  readonly at: number;
  /** Lines of its own for each of its lines, the first of them at `at`. */
  readonly spread?: true;
}

export interface List {
  readonly kind: 'list';
  readonly items: readonly Value[];
  readonly at: number;
}

export interface Table {
  readonly kind: 'table';
  readonly entries: ReadonlyMap<string, Value>;
  readonly at: number;
}

import type { PlaceHint, Text } from '../../kit/index.js';

/** A part of a file that one command wrote, or a file that was copied into it. Lines between sections are headers. */
export interface Section {
  /** The command line whose output it is. */
  readonly commandLine?: string;
  /** Name or path of a file that stands for the command: `/proc/modules`, `ip-r-node-1.txt`. */
  readonly fileName?: string;
  /** Line index of the header that says so. */
  readonly at?: number;
  /** What the header says of the place. */
  readonly hint?: PlaceHint;
  /** Lines of output, `to` exclusive. */
  readonly from: number;
  readonly to: number;
}

/** How one producer puts the outputs of several commands into one file. */
export interface Sectioning {
  readonly name: string;
  /** `head` holds up to 200 lines of the file; `inner` is its path. */
  detect(head: readonly string[], inner: string): boolean;
  /** In the order of the file, without overlap. An empty list: it is no such file after all. */
  split(text: Text, inner: string): readonly Section[];
}

/** Sections that one kind of header line begins; what stands before the first header is in none. `read` says what a header announces. */
export function byHeaders(
  text: Text,
  read: (line: string, i: number) => Omit<Section, 'from' | 'to' | 'at'> | undefined,
): readonly Section[] {
  const sections: Section[] = [];
  let open: Omit<Section, 'to'> | undefined;
  for (let i = 0; i < text.count; i++) {
    const header = read(text.line(i), i);
    if (!header) continue;
    if (open) sections.push({ ...open, to: i });
    open = { ...header, at: i, from: i + 1 };
  }
  if (open) sections.push({ ...open, to: text.count });
  return sections;
}

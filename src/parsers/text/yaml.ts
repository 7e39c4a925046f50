import type { Event, ScalarEvent } from 'js-yaml';
import type { Located, LocatedText, Reading } from './located.js';

type Library = Pick<typeof import('js-yaml'), 'parseEvents' | 'getScalarValue'>;
let library: Library | undefined;

/** Loads js-yaml once; a run without YAML never pays for it. */
export async function loadYaml(): Promise<void> {
  library ??= await import('js-yaml');
}

/** No object of an API server is larger: etcd refuses values over 1.5 MiB, and lists are read item by item. */
const MAX_YAML = 64 * 2 ** 20;

/** js-yaml's EVENT_ID and SCALAR_STYLE, spelt out here so that a type-only import suffices. */
const EVENT = { document: 1, sequence: 2, scalar: 4, alias: 5, pop: 6 } as const;
const STYLE = { plain: 1, literal: 4 } as const;

interface Open {
  readonly node: Located;
  add(value: Located): void;
}

interface State {
  readonly source: string;
  readonly events: readonly Event[];
  offset: number;
  line: number;
  readonly anchors: Map<string, Located>;
}

/**
 * Reads one YAML document with the line of each key and value. js-yaml's event stream carries offsets (`load` does
 * not); aliases share their anchor's node, so that an alias bomb costs nothing.
 */
export function readYaml(source: string, firstLine: number): Reading {
  if (!library) throw new Error('loadYaml() must be awaited first');
  if (source.length > MAX_YAML) return { error: 'larger than 64 MiB', line: firstLine };
  let events: Event[];
  try {
    events = library.parseEvents(source, {});
  } catch (error) {
    return { error: sentence(error), line: firstLine + lineOfError(error) };
  }
  return build({ source, events, offset: 0, line: firstLine, anchors: new Map() }, library);
}

const sentence = (error: unknown): string => {
  const reason = error instanceof Error && 'reason' in error ? String(error.reason) : 'unreadable';
  return `not YAML: ${reason}`;
};

function lineOfError(error: unknown): number {
  if (!(error instanceof Error) || !('mark' in error)) return 0;
  const mark = error.mark;
  return typeof mark === 'object' && mark && 'line' in mark && typeof mark.line === 'number' ? mark.line : 0;
}

/** Offsets rise from event to event, so one pass over the line ends finds every line. */
function lineOfOffset(s: State, offset: number): number {
  for (; s.offset < offset; s.offset++) if (s.source.charCodeAt(s.offset) === 10) s.line++;
  return s.line;
}

function build(s: State, yaml: Library): Reading {
  const stack: Open[] = [];
  let root: Located | undefined;
  for (const event of s.events) {
    const place = (value: Located): void => {
      const top = stack.at(-1);
      if (top) top.add(value);
      else root ??= value;
    };
    if (event.type === EVENT.pop) stack.pop();
    else if (event.type === EVENT.alias) {
      place(s.anchors.get(s.source.slice(event.anchorStart, event.anchorEnd)) ?? empty(s.line));
    } else if (event.type !== EVENT.document) {
      const value = event.type === EVENT.scalar ? scalar(s, event, yaml) : collection(s, event);
      if (event.anchorStart >= 0) s.anchors.set(s.source.slice(event.anchorStart, event.anchorEnd), nodeOf(value));
      place(nodeOf(value));
      if ('add' in value) stack.push(value);
    }
  }
  return root ? { value: root } : { error: 'an empty YAML document', line: s.line };
}

const nodeOf = (value: Located | Open): Located => ('add' in value ? value.node : value);
const empty = (line: number): LocatedText => ({ kind: 'text', line, text: '', plain: true, block: false });

function scalar(s: State, event: ScalarEvent, yaml: Library): Located {
  if (event.valueStart < 0) return empty(s.line);
  const line = lineOfOffset(s, event.valueStart);
  return {
    kind: 'text',
    line,
    text: yaml.getScalarValue(s.source, event),
    plain: event.style === STYLE.plain,
    block: event.style === STYLE.literal,
  };
}

function collection(s: State, event: Extract<Event, { type: 2 | 3 }>): Open {
  const line = lineOfOffset(s, event.start);
  if (event.type === EVENT.sequence) {
    const items: Located[] = [];
    return { node: { kind: 'list', line, items }, add: (value) => void items.push(value) };
  }
  const entries = new Map<string, { line: number; value: Located }>();
  let key: Located | undefined;
  return {
    node: { kind: 'map', line, entries },
    add(value) {
      if (!key) key = value;
      else {
        if (key.kind === 'text') entries.set(key.text, { line: key.line, value });
        key = undefined;
      }
    },
  };
}

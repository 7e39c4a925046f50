import type {
  ComponentEvent,
  ComponentLogFact,
  FlannelLeaseFact,
  FlannelLogFact,
  KernelLogFact,
  LogStamp,
} from '../../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft } from '../../kit/index.js';

export type LogDraft = Draft<ComponentLogFact | FlannelLeaseFact | FlannelLogFact | KernelLogFact>;
export type Level = NonNullable<ComponentLogFact['level']>;

/** One log line taken apart: what is left of it after syslog, container runtime and logging library had their say. */
export interface Message {
  readonly body: string;
  readonly stamp: LogStamp;
  readonly level?: Level;
  /** Does the line come from the kernel's ring buffer? */
  readonly kernel: boolean;
  /** `flannel`, `calico`, `bird`, `kubelet` …: by tag, wrapper or what the capture is; else the tag itself. */
  readonly component: string;
}

/**
 * What a signature made of a line: facts, `part` (belongs to the line before), `unreadable` (the right line, but its
 * value is masked or cut off: a gap), or undefined (not this line after all).
 */
export type Reading = readonly LogDraft[] | 'part' | 'unreadable' | undefined;

/** A telling line. `needle` finds it among all bytes, `read` decides; prose that merely quotes the needle is no log line. */
export interface Signature {
  /** Letters that the line must hold, ASCII, case folded. */
  readonly needle: string;
  read(message: Message): Reading;
}

/** Address, or undefined for anything else: masked, cut by a pager (`192.1>`), `<nil>`. */
export const addressIn = (token: string | undefined): string | undefined =>
  token === undefined ? undefined : canonicalAddress(token);

export const prefixIn = (token: string | undefined): string | undefined =>
  token?.includes('/') ? canonicalPrefix(token) : undefined;

/** A line of a component that has no facts of its own. */
export const componentFact = (
  m: Message,
  event: ComponentEvent,
  values: Readonly<Record<string, string | undefined>> = {},
  component = m.component,
): readonly LogDraft[] => {
  const known: Record<string, string> = {};
  for (const [key, value] of Object.entries(values)) if (value !== undefined) known[key] = value;
  const level = m.level && { level: m.level };
  return [{ kind: 'component-log', ...m.stamp, component, ...level, event, values: known, message: clip(m.body) }];
};

/** Longest message that a fact keeps. */
const MESSAGE = 500;
export const clip = (text: string): string => (text.length > MESSAGE ? `${text.slice(0, MESSAGE)}…` : text);

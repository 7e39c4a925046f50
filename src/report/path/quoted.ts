import type { At } from '../../kit/index.js';
import type { Trace } from '../../path/types.js';

/** Every line that a walk's answer quotes. */
export function quoted(trace: Trace, steps: boolean): readonly At[] {
  const out = new Set<At>();
  const add = (list: readonly At[] | undefined): void => {
    for (const at of list ?? []) out.add(at);
  };
  add(trace.because?.evidence);
  add(trace.observed.map((o) => o.at));
  for (const m of trace.missing) if (m.at !== undefined) out.add(m.at);
  for (const o of trace.outcomes) {
    add(o.because?.evidence);
    for (const m of o.missing) if (m.at !== undefined) out.add(m.at);
    if (steps) for (const leg of o.legs) for (const s of leg.steps) add(s.at);
  }
  return [...out];
}

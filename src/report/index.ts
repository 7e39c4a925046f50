import type { Report } from '../engine/report.js';
import { toJson } from './json.js';
import { markdown } from './markdown/index.js';
import type { FormatOptions } from './options.js';
import { text } from './text/index.js';

export { coverage } from './coverage.js';
export { toJson } from './json.js';
export { atLevel } from './level.js';
export { needsOf, needsText } from './needs.js';
export type { FormatOptions } from './options.js';
export { isAtLeast } from './options.js';

export type Format = (report: Report, options: FormatOptions) => string;

/** Every format by the name that `--format` takes. Adding one is its file and one line here. */
export const formats: Readonly<Record<string, Format>> = {
  text,
  json: (report) => toJson(report),
  markdown,
};

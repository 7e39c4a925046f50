import { writeFileSync } from 'node:fs';
import type { Report } from '../engine/report.js';
import { didYouMean } from '../kit/index.js';
import { type FormatOptions, formats } from '../report/index.js';
import { UsageError } from './usage.js';

export interface Target {
  readonly format: string;
  /** Undefined: standard output. */
  readonly file?: string;
}

/** `text`, `json=report.json`: what to write where. */
export function targetsOf(
  wanted: readonly string[],
  names: readonly string[] = Object.keys(formats),
): readonly Target[] {
  const targets = wanted.map((w): Target => {
    const at = w.indexOf('=');
    const format = at === -1 ? w : w.slice(0, at);
    if (!names.includes(format))
      throw new UsageError(`There is no format ${format}.${didYouMean(format, names)} Formats: ${names.join(', ')}.`);
    if (at === -1) return { format };
    if (at === w.length - 1)
      throw new UsageError(`--format ${w} names no file: write ${format}=FILE, or ${format} for standard output.`);
    return { format, file: w.slice(at + 1) };
  });
  const out = targets.filter((t) => t.file === undefined);
  if (out.length > 1)
    throw new UsageError(
      `Only one format can go to standard output, not ${out.map((t) => t.format).join(' and ')}: give the others a file, -f ${out[1]?.format}=FILE.`,
    );
  return targets;
}

/** Colour as asked; else NO_COLOR and FORCE_COLOR; else only on a terminal. */
export function wantsColor(asked: boolean | undefined): boolean {
  if (asked !== undefined) return asked;
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return process.stdout.isTTY === true && TERM !== 'dumb';
}

/** 80 columns in a pipe and on a terminal that does not know its own; else the terminal's width within reason. */
export const widthOf = (): number =>
  process.stdout.isTTY ? Math.min(120, Math.max(60, process.stdout.columns || 80)) : 80;

/** Writes a page to each target. A file never gets colours or a terminal's width. */
export function writePages(
  targets: readonly Target[],
  color: boolean | undefined,
  page: (format: string, options: FormatOptions) => string,
): void {
  for (const { format, file } of targets) {
    const text = page(format, file === undefined ? { width: widthOf(), color: wantsColor(color) } : {});
    if (file === undefined) process.stdout.write(text);
    else
      try {
        writeFileSync(file, text);
      } catch (error) {
        throw new UsageError(
          `The report can't be written to ${file}: ${error instanceof Error ? error.message : String(error)}. Name another file.`,
        );
      }
  }
}

/** Writes the report in each format. */
export const writeReport = (report: Report, targets: readonly Target[], color: boolean | undefined): void =>
  writePages(targets, color, (format, options) => formats[format]?.(report, options) ?? '');

/** A terminal whose locale is set to something else than UTF-8 is drawn for in ASCII; a pipe gets the same bytes everywhere. */
export function wantsAscii(asked: boolean): boolean {
  if (asked) return true;
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((l) => l !== undefined && l !== '');
  return process.stdout.isTTY === true && locale !== undefined && !/utf-?8/i.test(locale);
}

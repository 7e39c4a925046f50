import type { Evidence, Report } from '../engine/report.js';

/** Folder or archive that all the files lie in, with its final `/`; '' when there is none. */
export function commonFolder(files: Iterable<string>): string {
  let prefix: string | undefined;
  for (const file of files) {
    const folder = file.slice(0, file.lastIndexOf('/') + 1);
    if (prefix === undefined) prefix = folder;
    while (prefix !== '' && !folder.startsWith(prefix))
      prefix = prefix.slice(0, prefix.lastIndexOf('/', prefix.length - 2) + 1);
    if (prefix === '') break;
  }
  return prefix ?? '';
}

/** Of a report: of all that it captured. */
export const commonPrefix = (report: Report): string => commonFolder(report.coverage.captures.map((c) => c.file));

export const shorten = (file: string, prefix: string): string =>
  prefix !== '' && file.startsWith(prefix) ? file.slice(prefix.length) : file;

export const placeOf = (e: Pick<Evidence, 'file' | 'line'>, prefix: string): string =>
  `${shorten(e.file, prefix)}:${e.line}`;

import type { Evidence, Report } from '../engine/report.js';

/** Folder or archive that all files of the report lie in, with its final `/`; '' when there is none. */
export function commonPrefix(report: Report): string {
  let prefix: string | undefined;
  for (const c of report.coverage.captures) {
    const folder = c.file.slice(0, c.file.lastIndexOf('/') + 1);
    if (prefix === undefined) prefix = folder;
    while (prefix !== '' && !folder.startsWith(prefix))
      prefix = prefix.slice(0, prefix.lastIndexOf('/', prefix.length - 2) + 1);
    if (prefix === '') break;
  }
  return prefix ?? '';
}

export const shorten = (file: string, prefix: string): string =>
  prefix !== '' && file.startsWith(prefix) ? file.slice(prefix.length) : file;

export const placeOf = (e: Pick<Evidence, 'file' | 'line'>, prefix: string): string =>
  `${shorten(e.file, prefix)}:${e.line}`;

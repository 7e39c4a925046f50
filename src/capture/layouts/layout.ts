import type { Located } from '../../kit/index.js';

/**
 * One collector's arrangement of files. Paths are inner paths (`!/` at each archive level). Everything below a root belongs to the
 * layout that has it, unless a longer root lies in it (a sos report inside of another bundle).
 */
export interface Layout {
  readonly name: string;
  readonly title: string;
  /** The root that a path shows: what stands before the collector's own path (`''`, `case.tgz!/sosreport-x/`), if the path is one of its marks. */
  root(inner: string): string | undefined;
  /** Is it that collector, given all paths below the root? Without it one mark is enough. */
  confirm?(paths: ReadonlySet<string>): boolean;
  /**
   * `path` is relative to the root; `root` is the whole path of the root as the user gave the input, so that archive names count; `paths` are
   * all below the root. Undefined: this layout says nothing of that file, and the generic one decides.
   */
  locate(path: string, root: string, paths: ReadonlySet<string>): Located | undefined;
  /** The command line whose output the collector put there, as far as the path tells: `ip -d route show table all`. */
  command?(path: string): string | undefined;
}

/** What people call the folders of captures that were made before something happened, and behind it. */
const EARLIER = /^(?:before|pre|prev|previous|old|older|earlier|bad|broken|failing|failed|first)$/i;
const LATER = /^(?:after|post|new|newer|later|current|last|good|fixed|repaired|second)$/i;

/** When in the story a folder of that name was captured; undefined for all other names. */
export const momentOf = (folder: string): 'earlier' | 'later' | undefined =>
  EARLIER.test(folder) ? 'earlier' : LATER.test(folder) ? 'later' : undefined;

/** Rows of the tables of conditions (pkg describe.go describeNode) and of events, which say themselves what they are. */
const ROW =
  /^\s*(?:(?:NetworkUnavailable|MemoryPressure|DiskPressure|PIDPressure|OutOfDisk|Ready)\s+(?:True|False|Unknown)\s+[A-Z][a-z]{2}, \d|(?:Normal|Warning)\s+[A-Z]\w+\s+(?:\d+[smhd]\w{0,10}|<unknown>|<invalid>)(?: \(x\d+ over \S+\))?\s+\S+)/;
const TITLES = /^(?:Conditions|Events):\s*$|^\s*(?:Type|----)\s+(?:Status|Reason|------)\s/;

/** A line that says itself that it is of a description, wherever it was cut out. */
export const isLeft = (line: string): boolean =>
  /^\s*-*\s*$/.test(line) || TITLES.test(line) || ROW.test(line.slice(0, 400));
